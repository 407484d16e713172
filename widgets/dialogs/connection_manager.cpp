#include "widgets/dialogs/connection_manager.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QMessageBox>
#include <QPushButton>
#include <QScreen>
#include <QSignalBlocker>
#include <QSplitter>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/dialogs/trial_pane.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kNameRole = Qt::UserRole;
constexpr qsizetype kMostUnheard = 3;

QString folderOf(const SavedConnection& connection) {
    if (!connection.folder.isEmpty()) return connection.folder;
    QString name = environmentName(connection.environment);
    name[0] = name[0].toUpper();
    return name;
}

}  // namespace

ConnectionManager::ConnectionManager(QWidget* parent)
    : QDialog(parent), m_list(new QTreeWidget), m_form(new ConnectionForm), m_unheard(new SafeLabel),
      m_told(new SafeLabel({}, LabelRole::secondary)), m_add(button(u"&New"_s, u"A new connection"_s)),
      m_duplicate(button(u"Du&plicate"_s, u"A new one with the same settings"_s)),
      m_remove(button(u"&Delete"_s, u"Can be undone as long as this window is open"_s)),
      m_import(
          button(u"&Import…"_s, u"From pg_service.conf, PG* variables, DATABASE_URL, REDIS_URL or a file"_s)),
      m_export(button(u"E&xport…"_s, u"All of them as a file without passwords"_s)),
      m_undo(button(u"&Undo"_s, u"Puts the connection back as it was"_s)),
      m_revert(button(u"&Revert"_s, u"Forgets what was changed here"_s)),
      m_test(button(u"&Test"_s, u"Tries what is filled in, step by step, and saves nothing"_s)),
      m_save(button(u"Save"_s, u"Writes connections.toml; its comments and its order stay (Ctrl+S)"_s)),
      m_open(button(u"&Connect"_s, u"Opens it in this window"_s)) {
    setWindowTitle(u"Connections"_s);
    resize(QSize(980, 640).boundedTo(screen()->availableSize()));
    auto* split = new QSplitter;
    split->addWidget(buildList());
    split->addWidget(m_form);
    split->setStretchFactor(1, 1);
    split->setChildrenCollapsible(false);
    split->setSizes({250, 700});
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 14, 16, 14);
    column->setSpacing(10);
    column->addWidget(m_unheard);
    column->addWidget(split, 1);
    column->addWidget(buildFoot());
    m_save->setProperty("primary", true);
    m_save->setShortcut(QKeySequence::Save);
    connect(m_list, &QTreeWidget::currentItemChanged, this, &ConnectionManager::choose);
    connect(m_list, &QTreeWidget::itemActivated, this, [this] {
        if (m_open->isEnabled()) emit openWanted(shownName());
    });
    connect(m_form, &ConnectionForm::changed, this, &ConnectionManager::updateButtons);
    connect(m_save, &QPushButton::clicked, this, &ConnectionManager::save);
    connect(m_test, &QPushButton::clicked, this, &ConnectionManager::test);
    connect(m_form->trial(), &TrialPane::changed, this, &ConnectionManager::updateButtons);
    connect(m_duplicate, &QPushButton::clicked, this, &ConnectionManager::duplicate);
    connect(m_remove, &QPushButton::clicked, this, [this] { emit removeWanted(shownName()); });
    connect(m_undo, &QPushButton::clicked, this, &ConnectionManager::undoWanted);
    connect(m_open, &QPushButton::clicked, this, [this] { emit openWanted(shownName()); });
    connect(m_import, &QPushButton::clicked, this, &ConnectionManager::importWanted);
    connect(m_export, &QPushButton::clicked, this, [this] { emit exportWanted(m_connections); });
    connect(m_revert, &QPushButton::clicked, this, [this] { setConnections(m_connections, m_shown); });
    connect(m_add, &QPushButton::clicked, this, [this] {
        if (mayLeave()) showOne({.name = freeName(u"new"_s)}, true);
    });
    m_unheard->setWordWrap(true);
    m_unheard->setTextInteractionFlags(Qt::TextSelectableByMouse);
    setUnheard({});
    setUndo({});
    updateButtons();
}

QPushButton* ConnectionManager::button(const QString& text, const QString& hint) {
    auto* made = new QPushButton(text);
    made->setAutoDefault(false);
    made->setToolTip(plainToolTip(hint));
    made->setAccessibleName(QString(text).remove(u'&'));
    made->setAccessibleDescription(hint);
    return made;
}

QWidget* ConnectionManager::buildList() {
    m_list->setHeaderHidden(true);
    m_list->setAccessibleName(u"Saved connections"_s);
    m_list->setToolTip(u"By folder, or by environment. Enter connects."_s);
    m_list->setIndentation(14);
    auto* pane = new QWidget;
    auto* grid = new QGridLayout(pane);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(6);
    grid->addWidget(m_list, 0, 0, 1, 2);
    grid->addWidget(m_add, 1, 0);
    grid->addWidget(m_duplicate, 1, 1);
    grid->addWidget(m_import, 2, 0);
    grid->addWidget(m_export, 2, 1);
    grid->addWidget(m_remove, 3, 0, 1, 2);
    return pane;
}

QWidget* ConnectionManager::buildFoot() {
    auto* close = button(u"Close"_s, u"Esc"_s);
    connect(close, &QPushButton::clicked, this, &ConnectionManager::reject);
    m_told->setWordWrap(true);
    auto* foot = new QWidget;
    auto* line = new QHBoxLayout(foot);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    line->addWidget(m_told, 1);
    for (QPushButton* each : {m_undo, m_revert, m_test, m_open, m_save, close}) line->addWidget(each);
    return foot;
}

QTreeWidgetItem* ConnectionManager::itemOf(const QString& name) const {
    for (int i = 0; i < m_list->topLevelItemCount(); ++i)
        for (int j = 0; j < m_list->topLevelItem(i)->childCount(); ++j)
            if (m_list->topLevelItem(i)->child(j)->data(0, kNameRole).toString() == name)
                return m_list->topLevelItem(i)->child(j);
    return nullptr;
}

void ConnectionManager::setConnections(const std::vector<SavedConnection>& connections,
                                       const QString& chosen) {
    const QString wanted = chosen.isEmpty() ? m_shown : chosen;
    m_connections = connections;
    QStringList folders, known;
    for (const SavedConnection& each : connections) {
        if (!folders.contains(folderOf(each))) folders << folderOf(each);
        if (!each.folder.isEmpty() && !known.contains(each.folder)) known << each.folder;
    }
    {
        const QSignalBlocker quiet(m_list);
        m_list->clear();
        for (const QString& folder : folders) {
            auto* top = new QTreeWidgetItem(m_list, {visibleText(folder, 60)});
            top->setFlags(Qt::ItemIsEnabled);
            for (const SavedConnection& each : connections) {
                if (folderOf(each) != folder) continue;
                auto* item = new QTreeWidgetItem(top, {each.name});
                item->setData(0, kNameRole, each.name);
                item->setToolTip(0, plainToolTip(u"%1\n%2"_s.arg(withoutSecrets(each.url),
                                                                 environmentName(each.environment))));
                const QColor dot = each.colour.isEmpty() ? currentTokens().secondary : QColor(each.colour);
                item->setIcon(0, icon(u"server"_s, dot));
            }
        }
        m_list->expandAll();
        m_form->setFolders(known);
    }
    QTreeWidgetItem* item = itemOf(wanted);
    if (!item && !connections.empty()) item = itemOf(connections.front().name);
    {
        const QSignalBlocker quiet(m_list);
        m_list->setCurrentItem(item);
    }
    const auto shown = std::ranges::find(connections, item ? item->data(0, kNameRole).toString() : QString(),
                                         &SavedConnection::name);
    m_any = shown != connections.end();
    showOne(m_any ? *shown : SavedConnection{}, false);
}

void ConnectionManager::showOne(const SavedConnection& connection, bool isNew) {
    m_shown = isNew ? QString() : connection.name;
    m_any = isNew || !m_connections.empty();
    if (isNew) {
        const QSignalBlocker quiet(m_list);
        m_list->setCurrentItem(nullptr);
    }
    m_form->setConnection(connection);
    if (isNew) m_form->focusName();
    updateButtons();
}

void ConnectionManager::choose(QTreeWidgetItem* item) {
    if (!item || item->data(0, kNameRole).isNull()) return;
    const QString name = item->data(0, kNameRole).toString();
    if (name == m_shown) return;
    if (!mayLeave()) {
        const QSignalBlocker quiet(m_list);
        m_list->setCurrentItem(itemOf(m_shown));
        return;
    }
    tell({});
    showOne(*std::ranges::find(m_connections, name, &SavedConnection::name), false);
}

QString ConnectionManager::freeName(const QString& wanted) const {
    const auto taken = [this](const QString& name) {
        return std::ranges::find(m_connections, name, &SavedConnection::name) != m_connections.end();
    };
    QString name = wanted;
    for (int n = 2; taken(name); ++n) name = u"%1-%2"_s.arg(wanted).arg(n);
    return name;
}

void ConnectionManager::duplicate() {
    const auto shown = std::ranges::find(m_connections, m_shown, &SavedConnection::name);
    if (shown == m_connections.end() || !mayLeave()) return;
    SavedConnection copy = *shown;
    copy.name = freeName(copy.name + u"-copy"_s);
    showOne(copy, true);
    tell(u"Its password is not copied: the keychain has one for each connection."_s);
}

void ConnectionManager::save() {
    const auto filled = m_form->connection();
    if (!filled) return tell(filled.failure().sentence());
    const auto same = std::ranges::find(m_connections, filled->name, &SavedConnection::name);
    if (filled->name != m_shown && same != m_connections.end())
        return tell(u"There is a connection \"%1\" already."_s.arg(filled->name));
    emit saveWanted(shownName(), *filled, m_form->secrets());
}

void ConnectionManager::test() {
    m_form->showTrial();
    const auto filled = m_form->connection();
    if (!filled) return m_form->trial()->showFailed(filled.failure());
    emit testWanted(shownName(), *filled, m_form->secrets());
}

bool ConnectionManager::mayLeave() {
    if (!m_any || !m_form->isChanged()) return true;
    return QMessageBox::question(this, u"Not saved"_s, u"What was changed here is not saved. Forget it?"_s,
                                 QMessageBox::Discard | QMessageBox::Cancel,
                                 QMessageBox::Cancel) == QMessageBox::Discard;
}

void ConnectionManager::updateButtons() {
    const bool kept = !m_shown.isEmpty();
    const bool changed = m_any && m_form->isChanged();
    m_form->setEnabled(m_any);
    m_save->setEnabled(m_any && (changed || !kept));
    m_revert->setEnabled(m_any && (changed || !kept));
    m_test->setEnabled(m_any && !m_form->trial()->isRunning());
    m_open->setEnabled(kept && !changed);
    m_duplicate->setEnabled(kept);
    m_remove->setEnabled(kept);
    m_export->setEnabled(!m_connections.empty());
}

void ConnectionManager::setViews(const ConnectionViews& views) {
    m_form->setViews(views);
}

void ConnectionManager::setUnheard(const QStringList& sentences) {
    QStringList lines;
    for (const QString& sentence : sentences.mid(0, kMostUnheard)) lines << u"▲ "_s + sentence;
    if (sentences.size() > kMostUnheard)
        lines << u"… and %1 more: \"spillwayctl connections\" names them all."_s.arg(sentences.size() -
                                                                                     kMostUnheard);
    m_unheard->setSafeText(lines.join(u'\n'));
    m_unheard->setVisible(!lines.isEmpty());
}

void ConnectionManager::setUndo(const QString& removed) {
    m_undo->setVisible(!removed.isEmpty());
    if (!removed.isEmpty()) tell(removed);
}

void ConnectionManager::tell(const QString& text) {
    m_told->setSafeText(text);
}

void ConnectionManager::reject() {
    if (mayLeave()) QDialog::reject();
}

}  // namespace spillway
