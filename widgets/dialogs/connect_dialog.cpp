#include "widgets/dialogs/connect_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>

#include "backends/domain/connection_name.h"
#include "widgets/dialogs/environment_choice.h"
#include "widgets/dialogs/trial_pane.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;

ConnectDialog::ConnectDialog(QWidget* parent)
    : QDialog(parent), m_url(new QLineEdit), m_name(new QLineEdit), m_environment(new QComboBox),
      m_password(new QLineEdit), m_mapping(new QLineEdit), m_save(new QCheckBox(u"Keep this connection"_s)),
      m_nameProblem(new SafeLabel({}, LabelRole::secondary)), m_trial(new TrialPane),
      m_test(new QPushButton(u"Test"_s)), m_saveAnyway(new QPushButton(u"Save anyway"_s)),
      m_connect(new QPushButton(u"Connect"_s)) {
    setWindowTitle(u"Connect"_s);
    setMinimumWidth(560);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 18, 20, 16);
    column->setSpacing(14);
    column->addLayout(buildForm());
    column->addWidget(m_trial);
    column->addLayout(buildButtons());
    connect(m_url, &QLineEdit::textChanged, this, &ConnectDialog::updateButtons);
    connect(m_test, &QPushButton::clicked, this, [this] { emit testRequested(request()); });
    connect(m_connect, &QPushButton::clicked, this, [this] { emit connectRequested(request()); });
    connect(m_name, &QLineEdit::textChanged, this, &ConnectDialog::updateButtons);
    connect(m_save, &QCheckBox::toggled, this, &ConnectDialog::updateButtons);
    connect(m_trial, &TrialPane::changed, this, &ConnectDialog::followTrial);
    updateButtons();
}

QGridLayout* ConnectDialog::buildForm() {
    m_url->setPlaceholderText(u"postgresql://readonly@db.example.com/app"_s);
    m_name->setPlaceholderText(u"prod-pg"_s);
    m_password->setEchoMode(QLineEdit::Password);
    m_password->setPlaceholderText(u"Only if the server asks for one"_s);
    m_password->setToolTip(u"Kept apart from the URL, so that it is in no log and no history."_s);
    fillEnvironments(*m_environment);
    auto* form = new QGridLayout;
    form->setHorizontalSpacing(14);
    form->setVerticalSpacing(10);
    const std::pair<QString, QWidget*> lines[] = {{u"&URL"_s, m_url},
                                                  {u"&Name"_s, m_name},
                                                  {u"&Environment"_s, m_environment},
                                                  {u"&Password"_s, m_password},
                                                  {u"&Mapping file"_s, buildMapping()}};
    for (const auto& [text, field] : lines) {
        auto* label = new QLabel(text);
        label->setBuddy(field);
        const int row = form->rowCount();
        form->addWidget(label, row, 0, Qt::AlignRight | Qt::AlignVCenter);
        form->addWidget(field, row, 1);
        if (field == m_name) form->addWidget(m_nameProblem, row + 1, 1);
    }
    form->addWidget(m_save, form->rowCount(), 1);
    m_url->setAccessibleName(u"URL"_s);
    m_name->setAccessibleName(u"Name"_s);
    m_password->setAccessibleName(u"Password"_s);
    return form;
}

QWidget* ConnectDialog::buildMapping() {
    m_mapping->setPlaceholderText(u"Only for a table of your own: its .toml"_s);
    m_mapping->setAccessibleName(u"Mapping file"_s);
    auto* browse = new QPushButton(u"Browse…"_s);
    browse->setAutoDefault(false);
    auto* field = new QWidget;
    auto* row = new QHBoxLayout(field);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_mapping, 1);
    row->addWidget(browse);
    field->setFocusProxy(m_mapping);
    connect(browse, &QPushButton::clicked, this, [this] {
        const QString file =
            QFileDialog::getOpenFileName(this, u"Mapping file"_s, {}, u"Mappings (*.toml);;All files (*)"_s);
        if (!file.isEmpty()) m_mapping->setText(file);
    });
    return field;
}

QHBoxLayout* ConnectDialog::buildButtons() {
    auto* cancel = new QPushButton(u"Cancel"_s);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_test);
    row->addStretch(1);
    row->addWidget(m_saveAnyway);
    row->addWidget(cancel);
    row->addWidget(m_connect);
    m_saveAnyway->setToolTip(u"Keeps it although it cannot be reached now; it is tried again by itself."_s);
    m_saveAnyway->setAutoDefault(false);
    m_saveAnyway->hide();
    connect(m_saveAnyway, &QPushButton::clicked, this, [this] {
        ConnectionRequest kept = request();
        kept.save = true;
        emit saveRequested(kept);
    });
    m_test->setAutoDefault(false);
    cancel->setAutoDefault(false);
    m_connect->setDefault(true);
    m_connect->setProperty("primary", true);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    return row;
}

void ConnectDialog::setRequest(const ConnectionRequest& request) {
    m_url->setText(request.url);
    m_name->setText(request.name);
    m_password->setText(request.password);
    m_save->setChecked(request.save);
    m_mappings = request.mappings;
    m_mapping->setText(m_mappings.value(0));
    chooseEnvironment(*m_environment, request.environment);
}

ConnectionRequest ConnectDialog::request() const {
    QStringList mappings = m_mappings.mid(1);  // further ones are kept as they were
    if (const QString first = m_mapping->text().trimmed(); !first.isEmpty()) mappings.prepend(first);
    return {m_url->text().trimmed(), m_name->text().trimmed(), chosenEnvironment(*m_environment),
            m_password->text(),      m_save->isChecked(),      mappings};
}

void ConnectDialog::followTrial() {
    fitHeight();
    updateButtons();
    if (m_trial->lastFailure() != FailureKind::authentication) return;
    m_password->setFocus(Qt::OtherFocusReason);
    m_password->selectAll();
}

// Wrapped text needs a height that depends on the width; a dialog does not ask for that by itself. Once more
// when the new lines have their fonts.
void ConnectDialog::fitHeight() {
    const auto fit = [this] {
        layout()->activate();
        resize(width(), layout()->totalHeightForWidth(width()));
    };
    fit();
    QTimer::singleShot(0, this, fit);
}

void ConnectDialog::updateButtons() {
    const bool given = !m_url->text().trimmed().isEmpty();
    const QString name = m_name->text().trimmed();
    QString problem;
    if (!name.isEmpty() && !isConnectionName(name))
        problem = connectionNameRule();
    else if (name.isEmpty() && m_save->isChecked())
        problem = u"A connection that is kept needs a name."_s;
    m_nameProblem->setSafeText(problem);
    m_nameProblem->setVisible(!problem.isEmpty());
    const bool idle = !m_trial->isRunning();
    const auto failed = m_trial->lastFailure();
    m_test->setEnabled(given && idle);
    m_connect->setEnabled(given && idle && problem.isEmpty());
    m_saveAnyway->setVisible(failed && failed != FailureKind::usage);
    m_saveAnyway->setEnabled(given && isConnectionName(name));
}

}  // namespace spillway
