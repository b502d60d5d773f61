"""What is particular to Xero?"""
