"""The Risk Guardian's decisions: what an account may still do, and why not. Pure; the service is their only shell."""
