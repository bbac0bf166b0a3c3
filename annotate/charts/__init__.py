"""Charts of the figures as SVG: one code for the app, the report and the files people save.

matplotlib was weighed: 100 MB with what it needs, a second and more to start, and marks that no tooltip, screen reader
or second theme can reach. Five charts need a few shapes; these are drawn here, within what QtSvg and browsers share.
"""
