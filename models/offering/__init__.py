"""What is on offer: sessions, events, mentors' times, and the directory of places and resources."""
