#include "widgets/dialogs/connect_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/dialogs/environment_choice.h"
#include "widgets/parts/failure_card.h"

namespace spillway {
using namespace Qt::StringLiterals;

ConnectDialog::ConnectDialog(QWidget* parent)
    : QDialog(parent), m_url(new QLineEdit), m_name(new QLineEdit), m_environment(new QComboBox),
      m_password(new QLineEdit), m_save(new QCheckBox(u"Keep this connection"_s)), m_result(new FailureCard),
      m_test(new QPushButton(u"Test"_s)), m_connect(new QPushButton(u"Connect"_s)) {
    setWindowTitle(u"Connect"_s);
    setMinimumWidth(560);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 18, 20, 16);
    column->setSpacing(14);
    column->addLayout(buildForm());
    column->addWidget(m_result);
    column->addLayout(buildButtons());
    connect(m_url, &QLineEdit::textChanged, this, &ConnectDialog::updateButtons);
    connect(m_test, &QPushButton::clicked, this, [this] { emit testRequested(request()); });
    connect(m_connect, &QPushButton::clicked, this, [this] {
        emit connectRequested(request());
        accept();
    });
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
                                                  {u"&Password"_s, m_password}};
    for (const auto& [text, field] : lines) {
        auto* label = new QLabel(text);
        label->setBuddy(field);
        const int row = form->rowCount();
        form->addWidget(label, row, 0, Qt::AlignRight | Qt::AlignVCenter);
        form->addWidget(field, row, 1);
    }
    form->addWidget(m_save, form->rowCount(), 1);
    m_url->setAccessibleName(u"URL"_s);
    m_name->setAccessibleName(u"Name"_s);
    m_password->setAccessibleName(u"Password"_s);
    return form;
}

QHBoxLayout* ConnectDialog::buildButtons() {
    auto* cancel = new QPushButton(u"Cancel"_s);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_test);
    row->addStretch(1);
    row->addWidget(cancel);
    row->addWidget(m_connect);
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
    chooseEnvironment(*m_environment, request.environment);
}

ConnectionRequest ConnectDialog::request() const {
    return {m_url->text().trimmed(), m_name->text().trimmed(), chosenEnvironment(*m_environment),
            m_password->text(), m_save->isChecked()};
}

void ConnectDialog::showTesting() {
    m_test->setEnabled(false);
    m_result->showRunning(u"Trying…"_s);
    fitHeight();
}

void ConnectDialog::showTestPassed(const QString& sentence) {
    m_result->showPassed(sentence);
    fitHeight();
    updateButtons();
}

void ConnectDialog::showTestFailed(const Failure& failure) {
    m_result->showFailed(failure);
    fitHeight();
    updateButtons();
}

// Wrapped text needs a height that depends on the width; a dialog does not ask for that by itself.
void ConnectDialog::fitHeight() {
    layout()->activate();
    resize(width(), layout()->totalHeightForWidth(width()));
}

void ConnectDialog::updateButtons() {
    const bool given = !m_url->text().trimmed().isEmpty();
    m_test->setEnabled(given);
    m_connect->setEnabled(given);
}

}  // namespace spillway
