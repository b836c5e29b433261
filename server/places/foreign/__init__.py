"""Reading layers that others made: everything here runs in a limited child process, but for reader.py which starts it.

Files of any format become zones in WGS-84 with faults told one by one; what is read is checked and repaired here and
nowhere else, because decoders and repairs are where hostile or hopeless geometry does its harm.
"""
