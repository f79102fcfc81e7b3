"""A page on 127.0.0.1 that shows what a gateway does, and lets a person try it and get things back."""
