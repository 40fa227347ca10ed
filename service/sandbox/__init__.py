"""The sandbox: everything on this machine, for whoever wants to try it."""
