"""The wheel of the command line, as someone installs it who has nothing else."""
