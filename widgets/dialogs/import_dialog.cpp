#include "widgets/dialogs/import_dialog.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;

ImportDialog::ImportDialog(const std::vector<ImportChoice>& found, QWidget* parent)
    : QDialog(parent), m_list(new QListWidget), m_told(new SafeLabel({}, LabelRole::secondary)),
      m_import(new QPushButton(u"Import"_s)) {
    setWindowTitle(u"Import connections"_s);
    setMinimumSize(560, 360);
    m_list->setAccessibleName(u"Connections that were found"_s);
    m_list->setToolTip(u"Space picks one"_s);
    m_told->setWordWrap(true);
    auto* file = new QPushButton(u"From a &file…"_s);
    file->setToolTip(u"A connections.toml that was exported"_s);
    auto* cancel = new QPushButton(u"Cancel"_s);
    for (QPushButton* button : {file, cancel}) button->setAutoDefault(false);
    m_import->setProperty("primary", true);
    m_import->setDefault(true);
    m_import->setToolTip(u"Passwords go to the keychain, never into connections.toml"_s);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(file);
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_import);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 16, 20, 16);
    column->setSpacing(10);
    column->addWidget(m_list, 1);
    column->addWidget(m_told);
    column->addLayout(buttons);
    for (const ImportChoice& choice : found) addItem(choice, false);
    if (found.empty())
        tell(u"Nothing was found: no pg_service.conf, no PG* variables, no DATABASE_URL or REDIS_URL."_s);
    connect(m_list, &QListWidget::itemChanged, this, &ImportDialog::updateButton);
    connect(file, &QPushButton::clicked, this, &ImportDialog::chooseFile);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_import, &QPushButton::clicked, this, [this] { emit importWanted(picked()); });
    updateButton();
}

void ImportDialog::addItem(const ImportChoice& choice, bool checked) {
    m_choices.push_back(choice);
    auto* item = new QListWidgetItem(u"%1   %2   (%3)"_s.arg(
        choice.connection.name, visibleText(withoutSecrets(choice.connection.url), 120),
        visibleText(choice.origin, 80)));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    item->setCheckState(checked ? Qt::Checked : Qt::Unchecked);
    m_list->addItem(item);
}

void ImportDialog::add(const std::vector<ImportChoice>& more) {
    for (const ImportChoice& choice : more) addItem(choice, true);
    tell(more.empty() ? u"There is no connection in this file."_s : QString());
    updateButton();
}

void ImportDialog::tell(const QString& text) {
    m_told->setSafeText(text);
}

std::vector<SavedConnection> ImportDialog::picked() const {
    std::vector<SavedConnection> all;
    for (int i = 0; i < m_list->count(); ++i)
        if (m_list->item(i)->checkState() == Qt::Checked)
            all.push_back(m_choices[static_cast<size_t>(i)].connection);
    return all;
}

void ImportDialog::updateButton() {
    const size_t n = picked().size();
    m_import->setEnabled(n > 0);
    m_import->setText(n == 0 ? u"Import"_s : u"Import %1"_s.arg(n));
}

void ImportDialog::chooseFile() {
    auto* files = new QFileDialog(this, u"Import connections"_s, {}, u"TOML (*.toml);;All files (*)"_s);
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setFileMode(QFileDialog::ExistingFile);
    connect(files, &QFileDialog::fileSelected, this, &ImportDialog::fileWanted);
    files->open();
}

}  // namespace spillway
