"""How far sound, picture and events of a recording are apart: claps made while it runs, and found in what was kept."""
