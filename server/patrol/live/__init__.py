"""Live: where people on duty are now, calls for help and who answers them, and whom a patrol helped."""
