"""What does the command line say that no tab says?"""
