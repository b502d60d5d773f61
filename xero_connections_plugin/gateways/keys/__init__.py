"""With which keys are secrets sealed, where do the keys lie, and how do they change?"""
