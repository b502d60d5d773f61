"""What does support need to know, without anything secret and without anybody's name?"""
