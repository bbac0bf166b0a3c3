"""A target is set up: its kind, where it is, what it has to be told, its token; and the connection is tested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from annotate.backlog import secrets
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.plan import TargetConfig, TargetHealth
from annotate.backlog.settings import Kind, Setting
from annotate.backlog.targets import checked, kinds
from annotate.errors import StudyError
from app.controllers.backlog import BacklogController
from app.theme import SPACE, Text
from app.widgets.basics import announce, button, label, row, set_tone
from app.wording import sentence

_JSON = {"constants", "priorities"}


class TargetDialog(QDialog):
    """For a new target, or for one that is there already; `saved` is what was kept."""

    def __init__(
        self, controller: BacklogController, config: TargetConfig | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._config = config
        self.saved: TargetConfig | None = None
        self._kinds = {kind.name: kind for kind in kinds()}
        self._fields: dict[str, QLineEdit | QComboBox] = {}
        self.setWindowTitle(self.tr("Where findings go"))
        self.setMinimumWidth(620)
        self.kind = QComboBox()
        for kind in self._kinds.values():
            self.kind.addItem(kind.label, kind.name)
        if config is not None:
            self.kind.setCurrentIndex(max(0, self.kind.findData(config.kind)))
            self.kind.setEnabled(False)
        self.kind.currentIndexChanged.connect(lambda _index: self._build_fields())
        self.name = QLineEdit(config.name if config is not None else "")
        self.name.setPlaceholderText(self.tr("For example: Checkout board"))
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.ca_file = QLineEdit(str(config.mapping.get("ca_file", "")) if config is not None else "")
        self.ca_file.setPlaceholderText(self.tr("Only for a certificate of your own organisation"))
        self._choose = button(self.tr("Choose…"))
        self._choose.setAutoDefault(False)
        self._choose.clicked.connect(self._choose_ca)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(SPACE[3])
        self._form.setVerticalSpacing(SPACE[1])
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._said = label("", wrap=True)
        self._said.hide()
        self.test = button(self.tr("&Test the connection"))
        self.test.setAutoDefault(False)
        self.test.setToolTip(self.tr("Asks who you are there and what you may do; writes nothing"))
        self.test.clicked.connect(self._test)
        self.save = button(self.tr("&Save"), look="primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._save)
        self._lay_out()
        controller.tested.connect(self._on_tested)
        controller.failed.connect(self._on_failed)
        controller.token_kept.connect(self._on_token_kept)
        self._build_fields()

    def _lay_out(self) -> None:
        cancel = button(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        layout.addWidget(label(self.tr("Where findings go"), Text.TITLE))
        layout.addLayout(self._form)
        layout.addWidget(self._said)
        layout.addStretch(1)
        layout.addLayout(row(self.test, None, cancel, self.save))

    # -- the form -------------------------------------------------------------------------------------------------

    def _chosen_kind(self) -> Kind:
        return self._kinds[str(self.kind.currentData())]

    def _build_fields(self) -> None:
        for widget in (self.kind, self.name, self.token, self.ca_file, self._choose):
            widget.setParent(None)
        while self._form.rowCount():
            self._form.removeRow(0)
        self._fields = {}
        kind = self._chosen_kind()
        self._form.addRow(self.tr("&Kind"), self.kind)
        self._form.addRow(self.tr("&Name"), self.name)
        for setting in kind.settings:
            field = self._field(setting)
            self._fields[setting.name] = field
            optional = "" if setting.required else self.tr(" (optional)")
            self._form.addRow(setting.label + optional, field)
        if kind.token:
            self.token.setToolTip(kind.token_help)
            self.token.setPlaceholderText(self._token_words(kind))
            self._form.addRow(kind.token, self.token)
            self._form.addRow(self.tr("CA file (optional)"), row(self.ca_file, self._choose))
        for shown in (self.kind, self.name, self.token, self.ca_file, self._choose):
            shown.setVisible(shown in {self.kind, self.name} or bool(kind.token))
        self.test.setVisible(bool(kind.token))
        self._said.hide()
        self.adjustSize()

    def _token_words(self, kind: Kind) -> str:
        if self._config is not None and secrets.token_of(self._config):
            return self.tr("There is one; leave this empty to keep it")
        return kind.token_help

    def _field(self, setting: Setting) -> QLineEdit | QComboBox:
        value = self._value(setting)
        if setting.options:
            box = QComboBox()
            box.addItems(list(setting.options))
            box.setCurrentText(value or setting.default)
            box.setToolTip(setting.help)
            box.setAccessibleName(setting.label)
            return box
        line = QLineEdit(value)
        line.setPlaceholderText(setting.default or setting.help)
        line.setToolTip(setting.help)
        line.setAccessibleName(setting.label)
        line.setAccessibleDescription(setting.help)
        return line

    def _value(self, setting: Setting) -> str:
        config = self._config
        if config is None:
            return ""
        if setting.name in {"base_url", "project", "account"}:
            return str(getattr(config, setting.name))
        value = config.mapping.get(setting.name, "")
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    # -- what is in it --------------------------------------------------------------------------------------------

    def _read(self) -> TargetConfig:
        """The form as a configuration. Raises BacklogError for what cannot be used."""
        values: dict[str, str] = {}
        for name, field in self._fields.items():
            values[name] = (field.currentText() if isinstance(field, QComboBox) else field.text()).strip()
        mapping: dict[str, Any] = dict(self._config.mapping) if self._config is not None else {}
        for name, value in values.items():
            if name in {"base_url", "project", "account"}:
                continue
            mapping.pop(name, None)
            if value:
                mapping[name] = _parsed(name, value)
        mapping.pop("ca_file", None)
        if self.ca_file.text().strip():
            mapping["ca_file"] = self.ca_file.text().strip()
        if not self.name.text().strip():
            raise BacklogError(BacklogCode.SETTING_MISSING, self.tr("Name"))
        return checked(
            TargetConfig(
                self._config.id if self._config is not None else "",
                self._chosen_kind().name,
                self.name.text().strip(),
                values.get("base_url", ""),
                values.get("project", ""),
                values.get("account", ""),
                mapping,
            )
        )

    def _test(self) -> None:
        try:
            config = self._read()
        except BacklogError as error:
            self._on_failed(error)
            return
        self.test.setEnabled(False)
        self._say(self.tr("Asking the tracker…"), "muted")
        self._controller.test(config, self.token.text().strip())

    def _save(self) -> None:
        try:
            self.saved = self._controller.context.store.put_target(self._read())
        except (BacklogError, StudyError) as error:
            self._on_failed(error)
            return
        self._config = self.saved
        if self.token.text().strip():
            self.save.setEnabled(False)
            self._controller.keep_token(self.saved, self.token.text().strip())
            self.token.clear()
        else:
            self.accept()

    def _choose_ca(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(
            self, self.tr("CA file"), str(Path.home()), self.tr("Certificates (*.pem *.crt *.cer);;All files (*)")
        )
        if chosen:
            self.ca_file.setText(chosen)

    # -- answers --------------------------------------------------------------------------------------------------

    def _on_tested(self, health: TargetHealth) -> None:
        self.test.setEnabled(True)
        lines = [*health.words, *health.problems]
        self._say("\n".join(lines), "success" if health.good else "warning")

    def _on_failed(self, error: Exception) -> None:
        self.test.setEnabled(True)
        self.save.setEnabled(True)
        self._say(sentence(error), "danger")

    def _on_token_kept(self, kept: bool) -> None:
        if not kept and self.isVisible():
            words = self.tr(
                "This system has no keyring, so the token is kept in memory only, until Moderato ends. It is never "
                "written to a file."
            )
            self._say(words, "warning")
            self.save.setEnabled(True)
            self.save.setText(self.tr("&Close"))
            return
        self.accept()

    def _say(self, words: str, tone: str) -> None:
        self._said.setText(words)
        set_tone(self._said, tone)
        self._said.show()
        announce(self, words)


def _parsed(name: str, value: str) -> Any:
    if name not in _JSON:
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise BacklogError(BacklogCode.SETTING_INVALID, f"{name}: {value}") from error
