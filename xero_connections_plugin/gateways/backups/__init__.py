"""How is the store copied while it is used, and put back without losing sign-ins?"""
