"""Groups of commands: what they ask for, and how they tell what happened. What they do is in the modules above."""
