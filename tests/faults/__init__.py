"""What happens when processes and servers die in the middle of something."""
