"""The style sheet, built from the roles. Spacing is 4·8·12·16·24·32, radius 6 (controls) and 10 (cards)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template

from app.palette import Role

_SHEET = Template("""
* { outline: 0; }
QWidget { color: $text; }
QMainWindow, QDialog, QWidget#page, QWidget#window { background: $surface; }
QLabel { background: transparent; }
QLabel[tone="muted"] { color: $text_muted; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="danger"] { color: $danger; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="success"] { color: $success; }
QLabel:disabled { color: $text_muted; }
QLabel[chip="true"] { background: $surface_sunken; color: $text_muted; border-radius: 4px; padding: 1px 6px; }

QFrame[card="true"] { background: $surface_raised; border: 1px solid $line; border-radius: 10px; }
QFrame[card="true"][strong="true"] { border: 1px solid $accent; }
QFrame[banner="accent"] { background: $accent_soft; border: 0; border-radius: 10px; }
QFrame[banner="warning"] { background: $surface_raised; border: 1px solid $warning; border-radius: 10px; }
QFrame[hairline="true"] { background: $line; border: 0; min-height: 1px; max-height: 1px; }
QFrame[vline="true"] { background: $line; border: 0; min-width: 1px; max-width: 1px; }

QPushButton, QToolButton {
  background: $surface_raised; color: $text; border: 1px solid $line_strong; border-radius: 6px;
  padding: 5px 12px; min-height: 18px;
}
QToolButton { padding: 5px; }
QPushButton:hover, QToolButton:hover { background: $accent_soft; border-color: $accent; }
QPushButton:pressed, QToolButton:pressed { background: $selection; }
QPushButton:focus, QToolButton:focus { border: 2px solid $focus; padding: 4px 11px; }
QToolButton:focus { padding: 4px; }
QPushButton:checked, QToolButton:checked { background: $selection; border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $text_muted; background: $surface; border-color: $line; }
QPushButton[look="primary"] { background: $accent; color: $accent_text; border-color: $accent; font-weight: 600; }
QPushButton[look="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[look="primary"]:pressed { background: $accent_pressed; }
QPushButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="primary"]:disabled { background: $line; color: $text_muted; border-color: $line; }
QPushButton[look="danger"] { background: $danger; color: $danger_text; border-color: $danger; font-weight: 600; }
QPushButton[look="danger"]:hover { background: $danger_hover; border-color: $danger_hover; }
QPushButton[look="danger"]:focus { border: 2px solid $text; }
QPushButton[look="big"] { background: $accent; color: $accent_text; border-color: $accent; font-weight: 600;
  padding: 9px 20px; min-height: 22px; border-radius: 8px; }
QPushButton[look="big"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[look="big"]:focus { border: 2px solid $text; padding: 8px 19px; }
QPushButton[look="big"]:disabled { background: $line; color: $text_muted; border-color: $line; }
QPushButton[look="quiet"], QToolButton[look="quiet"] { background: transparent; border-color: transparent; }
QPushButton[look="quiet"]:hover, QToolButton[look="quiet"]:hover { background: $accent_soft; }
QPushButton[look="quiet"]:focus, QToolButton[look="quiet"]:focus { border: 2px solid $focus; }
QPushButton[look="quiet"]:checked, QToolButton[look="quiet"]:checked { background: $selection; }
QPushButton[look="quiet"]:disabled, QToolButton[look="quiet"]:disabled { background: transparent; }
QPushButton[look="link"] { background: transparent; border: 0; color: $accent; padding: 2px 4px; text-align: left; }
QPushButton[look="link"]:hover { text-decoration: underline; }
QPushButton[look="link"]:focus { border: 2px solid $focus; padding: 0 2px; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: url($caret_down); subcontrol-position: right center;
  right: 6px; width: 12px; height: 12px; }

QLineEdit, QTextEdit, QPlainTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QKeySequenceEdit, QDateTimeEdit {
  background: $surface_raised; color: $text; border: 1px solid $line_strong; border-radius: 6px; padding: 5px 8px;
  selection-background-color: $selection; selection-color: $text; min-height: 18px;
}
QLineEdit:focus, QTextEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus,
QDateTimeEdit:focus {
  border: 2px solid $focus; padding: 4px 7px;
}
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"] { border-color: $danger; }
QLineEdit:disabled, QTextEdit:disabled, QPlainTextEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled,
QComboBox:disabled {
  color: $text_muted; background: $surface; border-color: $line;
}
QLineEdit[look="title"], QLineEdit[look="title"]:focus { background: transparent; border: 0; border-radius: 0;
  border-bottom: 2px solid transparent; padding: 0; }
QLineEdit[look="title"]:hover { border-bottom-color: $line_strong; }
QLineEdit[look="title"]:focus { border-bottom-color: $focus; }
QTextEdit[look="text"], QPlainTextEdit[look="text"] { background: transparent; border: 0; }
QComboBox { padding-right: 24px; }
QComboBox::drop-down { border: 0; width: 24px; }
QComboBox::down-arrow { image: url($caret_down); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $surface_raised; border: 1px solid $line;
  selection-background-color: $selection; selection-color: $text; padding: 4px; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button,
QDateTimeEdit::up-button, QDateTimeEdit::down-button {
  border: 0; width: 18px; background: transparent; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow, QDateTimeEdit::up-arrow {
  image: url($caret_up); width: 12px; height: 12px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow, QDateTimeEdit::down-arrow {
  image: url($caret_down); width: 12px; height: 12px; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; padding: 2px; border: 2px solid transparent;
  border-radius: 6px; }
QCheckBox:focus, QRadioButton:focus { border-color: $focus; }
QCheckBox:disabled, QRadioButton:disabled { color: $text_muted; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $line_strong; border-radius: 4px;
  background: $surface_raised; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($check); }
QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $line_strong; border-radius: 9px;
  background: $surface_raised; }
QCheckBox::indicator:disabled { background: $surface; border-color: $line; }
QCheckBox::indicator:checked:disabled { background: $text_muted; border-color: $text_muted; }
QRadioButton::indicator:checked { border: 5px solid $accent; width: 8px; height: 8px; }

QAbstractItemView { background: $surface_raised; color: $text; border: 1px solid $line; border-radius: 6px;
  alternate-background-color: $surface; selection-background-color: $selection; selection-color: $text;
  gridline-color: $line; }
QAbstractItemView:focus { border: 1px solid $focus; }
QAbstractItemView::item { padding: 0 6px; border: 0; }
QListWidget[look="rows"] { padding: 4px; }
QListWidget[look="rows"]::item { padding: 6px 8px; border-radius: 4px; }
QAbstractItemView::item:selected { background: $selection; color: $text; }
QAbstractItemView::item:hover:!selected { background: $accent_soft; }
QTableView { border: 0; border-radius: 0; }
QTableView:focus { border: 0; }
QHeaderView { background: transparent; border: 0; }
QHeaderView::section { background: $surface_raised; color: $text_muted; border: 0; border-bottom: 1px solid $line;
  padding: 6px 9px; font-weight: 400; }
QHeaderView::section:hover { color: $text; }
QTableCornerButton::section { background: $surface_raised; border: 0; }

QScrollArea { background: transparent; border: 0; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $line_strong; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $text_muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QTabWidget::pane { border: 0; border-top: 1px solid $line; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $text_muted; padding: 8px 12px; border: 0;
  border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: $accent; }
QProgressBar { background: $surface_sunken; border: 1px solid $line; border-radius: 4px; color: transparent;
  max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider::groove:horizontal { height: 4px; background: $line_strong; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $accent; border: 2px solid $surface_raised; width: 12px; height: 12px;
  margin: -6px 0; border-radius: 8px; }
QMenu { background: $surface_raised; border: 1px solid $line; border-radius: 6px; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $text_muted; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QToolTip { background: $text; color: $surface_raised; border: 1px solid $text; padding: 4px 6px; }
QStatusBar { background: $surface; color: $text_muted; }
QGraphicsView { border: 0; background: $surface_sunken; }

QWidget#rail { background: $surface_sunken; border-right: 1px solid $line; }
QWidget#rail QToolButton { background: transparent; border: 2px solid transparent; border-radius: 8px; padding: 6px 4px;
  min-height: 38px; color: $text_muted; }
QWidget#rail QToolButton:hover { background: $accent_soft; color: $text; }
QWidget#rail QToolButton:checked { background: $accent_soft; color: $accent; font-weight: 600; }
QWidget#rail QToolButton:focus { border-color: $focus; }
QWidget#messageBar { background: $surface_raised; border-top: 1px solid $line; }
QWidget#messageBar[tone="danger"] { border-top: 2px solid $danger; }
QWidget#messageBar[tone="warning"] { border-top: 2px solid $warning; }
QFrame#activity { background: $surface_raised; border: 1px solid $line; border-radius: 10px; }
QFrame#palette { background: $surface_raised; border: 1px solid $line_strong; border-radius: 10px; }
QFrame#palette QLineEdit { border: 0; padding: 12px 16px; background: transparent; }
QFrame#palette QListView { border: 0; background: transparent; }
""")


def build(roles: Mapping[Role, str], mixed: Mapping[str, str], images: Path) -> str:
    """The style sheet for `roles` (`#rrggbb`), the `mixed` shades made from them, and the theme's images."""
    values = {role.value: colour for role, colour in roles.items()} | dict(mixed)
    for name in ("caret-down", "caret-up", "check"):
        values[name.replace("-", "_")] = (images / f"{name}.svg").as_posix()
    return _SHEET.substitute(values)
