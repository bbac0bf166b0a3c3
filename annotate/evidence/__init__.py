"""Stills, clips and reels: what convinces those who weren't there.

`spec` says what is wanted, `source` reads a session, `paint` draws upon its pictures, `still`, `clip` and `reel` make
the files, and `make` puts them where the study keeps them.
"""
