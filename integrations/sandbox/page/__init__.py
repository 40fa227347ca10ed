"""The page that shows the stand-ins side by side, on this computer only."""
