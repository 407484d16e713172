#include "app/console/connection_desk.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QSaveFile>
#include <QThread>
#include <algorithm>
#include <set>

#include "app/connections/url_secret.h"
#include "app/console/keychain.h"
#include "app/console/shown_trial.h"
#include "backends/domain/human_text.h"
#include "backends/domain/name_pattern.h"
#include "backends/history/history_store.h"
#include "backends/history/limits_preview.h"
#include "widgets/dialogs/limits_pane.h"
#include "widgets/dialogs/trial_pane.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t kMostPreviewed = 6;
constexpr std::chrono::hours kPreviewed{24};

QString plainConnectionName(const QString& title) {
    QString name;
    for (const QChar c : title) name += c.isLetterOrNumber() && c.unicode() < 0x80 ? c : QChar(u'-');
    while (name.contains(u"--"_s)) name.replace(u"--"_s, u"-"_s);
    while (name.startsWith(u'-')) name.remove(0, 1);
    name = name.left(40);
    while (name.endsWith(u'-')) name.chop(1);
    return name.isEmpty() ? u"found"_s : name;
}

std::vector<ImportChoice> choicesOf(const std::vector<SavedConnection>& connections, const QString& origin,
                                    const std::vector<SavedConnection>& saved) {
    std::set<QString> taken;
    for (const SavedConnection& each : saved) taken.insert(each.name);
    std::vector<ImportChoice> choices;
    for (SavedConnection each : connections) {
        const QString wanted = each.name;
        for (int n = 2; !taken.insert(each.name).second; ++n) each.name = u"%1-%2"_s.arg(wanted).arg(n);
        choices.push_back({each, origin});
    }
    return choices;
}

QString ofQueue(HistoryStore& store, const HistoryQueueKey& key,
                const std::vector<QueueObjective>& objectives, ServerTime now) {
    const auto answer = store.answer({key, limitMetrics(), now - kPreviewed, now, 1440});
    if (!answer) return u"%1: %2"_s.arg(visibleText(key.queue, 60), answer.failure().sentence());
    return limitsPreviewText(key.queue, limitsPreview(*answer, limitsOf(key.queue, objectives)));
}

}  // namespace

QString actingKey(const QString& connection) {
    return connection + u" (acting)"_s;
}

std::vector<ImportChoice> importChoices(const std::vector<FoundConnection>& found,
                                        const std::vector<SavedConnection>& saved) {
    std::vector<ImportChoice> choices;
    std::vector<SavedConnection> known = saved;
    for (const FoundConnection& each : found) {
        SavedConnection connection;
        connection.name = plainConnectionName(each.title);
        connection.url = each.request.url;
        connection.environment = each.request.environment;
        choices.push_back(choicesOf({connection}, each.detail, known).front());
        known.push_back(choices.back().connection);
    }
    return choices;
}

QString limitsInHistory(const QString& historyFile, const QString& connection,
                        const std::vector<QueueObjective>& objectives, ServerTime now) {
    const SystemClock clock;
    auto store = HistoryStore::open({.path = historyFile, .only_read = true}, clock);
    if (!store) return u"No history can be read: %1"_s.arg(store.failure().sentence());
    const auto series = (*store)->series();
    if (!series) return series.failure().sentence();
    std::vector<HistoryQueueKey> queues;
    for (const HistorySeries& each : *series) {
        const bool fits = each.queue.connection == connection && !each.queue.queue.isEmpty() &&
                          std::ranges::any_of(objectives, [&](const QueueObjective& objective) {
                              return NamePattern(objective.queues).fits(each.queue.queue);
                          });
        if (fits && std::ranges::find(queues, each.queue) == queues.end()) queues.push_back(each.queue);
    }
    if (queues.empty()) return u"No history is recorded of a queue that these limits are for."_s;
    QStringList lines{u"In the last 24 hours, by these limits alone:"_s};
    for (size_t i = 0; i < std::min(queues.size(), kMostPreviewed); ++i)
        lines << ofQueue(**store, queues[i], objectives, now);
    if (queues.size() > kMostPreviewed)
        lines << u"… and %1 more queues."_s.arg(queues.size() - kMostPreviewed);
    return lines.join(u'\n');
}

ConnectionDesk::ConnectionDesk(ConnectionStore store, FoundPlaces places, KeychainOf keychain,
                               QWidget* window)
    : QObject(window), m_store(std::move(store)), m_places(std::move(places)),
      m_keychain(std::move(keychain)), m_window(window) {}

ConnectionDesk::~ConnectionDesk() {
    if (m_reading) m_reading->wait();
}

ConnectionManager* ConnectionDesk::show(const ConnectionViews& views, const QString& chosen) {
    if (m_manager) {
        m_manager->raise();
        m_manager->activateWindow();
        return m_manager;
    }
    m_manager = new ConnectionManager(m_window);
    m_manager->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_manager, &ConnectionManager::saveWanted, this, &ConnectionDesk::save);
    connect(m_manager, &ConnectionManager::removeWanted, this, &ConnectionDesk::remove);
    connect(m_manager, &ConnectionManager::testWanted, this, &ConnectionDesk::test);
    connect(m_manager, &ConnectionManager::undoWanted, this, &ConnectionDesk::undo);
    connect(m_manager, &ConnectionManager::importWanted, this, &ConnectionDesk::import);
    connect(m_manager, &ConnectionManager::exportWanted, this, &ConnectionDesk::exportAll);
    connect(m_manager, &ConnectionManager::openWanted, this, [this](const QString& name) {
        if (const auto saved = m_store.find(name)) emit openWanted(*saved);
    });
    connect(m_manager->form(), &ConnectionForm::limitsPreviewWanted, this, &ConnectionDesk::previewLimits);
    connect(m_manager, &QDialog::finished, this, &ConnectionDesk::forgetRemoved);
    list(chosen);
    setViews(views);
    m_manager->show();
    return m_manager;
}

void ConnectionDesk::setViews(const ConnectionViews& views) {
    if (m_manager) m_manager->setViews(views);
}

void ConnectionDesk::list(const QString& chosen) {
    if (!m_manager) return;
    const auto all = m_store.list();
    auto shown = all ? *all : std::vector<SavedConnection>();
    for (SavedConnection& each : shown)
        each.url = splitSecret(each.url).url;  // somebody may have written one
    m_manager->setConnections(shown, chosen);
    m_manager->setUnheard(m_store.unheard());
    if (!all) m_manager->tell(all.failure().sentence());
}

void ConnectionDesk::keep(const QString& key, const QString& password) {
    if (password.isEmpty()) return;
    m_keychain()->keep(key, password, this, [this](const QString& problem) {
        if (!problem.isEmpty() && m_manager)
            m_manager->tell(
                u"Saved, but the password is not kept: no keychain answered (%1)."_s.arg(problem));
    });
}

void ConnectionDesk::save(const QString& before, const SavedConnection& connection,
                          const ConnectionSecrets& secrets) {
    const auto old = m_store.find(before);
    const QString inFile = old ? splitSecret(old->url).password : QString();
    const auto inUrl = m_store.replace(before, connection);
    if (!inUrl) return m_manager->tell(inUrl.failure().sentence());
    if (!before.isEmpty() && before != connection.name) {
        renamePassword(*m_keychain(), before, connection.name, this);
        renamePassword(*m_keychain(), actingKey(before), actingKey(connection.name), this);
    }
    list(connection.name);
    m_manager->tell(u"Saved."_s);
    const QString found = inUrl->isEmpty() ? inFile : *inUrl;
    keep(connection.name, secrets.password.isEmpty() ? found : secrets.password);
    keep(actingKey(connection.name), secrets.actingPassword);
    emit storeChanged();
    const auto saved = m_store.find(connection.name);
    if (saved && !before.isEmpty()) emit edited(before, *saved);
}

// What is typed comes first, then the variable, the file and the keychain, as when it is opened.
void ConnectionDesk::test(const QString& before, const SavedConnection& connection,
                          const ConnectionSecrets& secrets) {
    TrialPane* pane = m_manager->form()->trial();
    const QString typed =
        secrets.password.isEmpty() ? splitSecret(connection.url).password : secrets.password;
    SavedConnection tried = connection;
    if (!typed.isEmpty()) tried.passwordVariable.clear();
    auto settings = settingsOf(tried);
    if (!settings) return pane->showFailed(settings.failure());
    ConnectionSettings chosen = std::move(settings).value();
    if (!typed.isEmpty()) chosen.password = typed;
    if (!chosen.password.isEmpty() || before.isEmpty()) return showTrial(chosen, pane);
    const auto old = m_store.find(before);
    chosen.password = old ? splitSecret(old->url).password : QString();
    if (!chosen.password.isEmpty()) return showTrial(chosen, pane);
    pane->showRunning();
    m_keychain()->read(before, pane, [chosen, pane](const QString& kept) mutable {
        if (!pane->isRunning()) return;  // the form shows another one by now
        chosen.password = kept;
        showTrial(chosen, pane);
    });
}

void ConnectionDesk::remove(const QString& name) {
    auto removed = m_store.take(name);
    if (!removed) return m_manager->tell(removed.failure().sentence());
    m_removed.push_back(std::move(removed).value());
    list();
    m_manager->setUndo(u"Removed %1. What is open stays open."_s.arg(name));
    emit storeChanged();
}

void ConnectionDesk::undo() {
    if (m_removed.empty()) return;
    const auto back = m_store.putBack(m_removed.back());
    if (!back) return m_manager->tell(back.failure().sentence());
    const QString name = m_removed.back().connection.name;
    m_removed.pop_back();
    list(name);
    m_manager->setUndo(m_removed.empty() ? QString()
                                         : u"Removed %1."_s.arg(m_removed.back().connection.name));
    m_manager->tell(u"%1 is back."_s.arg(name));
    emit storeChanged();
}

// Only now nobody can want them back.
void ConnectionDesk::forgetRemoved() {
    for (const RemovedConnection& removed : m_removed) {
        if (m_store.find(removed.connection.name)) continue;  // another one took the name
        m_keychain()->forget(removed.connection.name);
        m_keychain()->forget(actingKey(removed.connection.name));
    }
    m_removed.clear();
}

void ConnectionDesk::import() {
    const auto saved = m_store.list();
    const auto known = saved ? *saved : std::vector<SavedConnection>();
    auto* dialog = new ImportDialog(importChoices(foundConnections(m_places), known), m_manager);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ImportDialog::fileWanted, this, [dialog, known](const QString& path) {
        const auto read = ConnectionStore(path).list();
        if (read)
            dialog->add(choicesOf(*read, u"from %1"_s.arg(QFileInfo(path).fileName()), known));
        else
            dialog->tell(read.failure().sentence());
    });
    connect(dialog, &ImportDialog::importWanted, this,
            [this, dialog](const std::vector<SavedConnection>& connections) { take(dialog, connections); });
    dialog->open();
}

void ConnectionDesk::take(ImportDialog* dialog, const std::vector<SavedConnection>& connections) {
    for (const SavedConnection& connection : connections) {
        const auto password = m_store.replace({}, connection);
        if (!password) return dialog->tell(password.failure().sentence());
        keep(connection.name, *password);
    }
    dialog->accept();
    list(connections.empty() ? QString() : connections.front().name);
    m_manager->tell(u"Imported %1."_s.arg(connections.size()));
    emit storeChanged();
}

void ConnectionDesk::exportAll(const std::vector<SavedConnection>& connections) {
    auto* files = new QFileDialog(m_manager, u"Export connections"_s, {}, u"TOML (*.toml)"_s);
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(u"toml"_s);
    files->selectFile(u"spillway-connections.toml"_s);
    connect(files, &QFileDialog::fileSelected, this, [this, connections](const QString& path) {
        QSaveFile file(path);
        const bool written = file.open(QIODevice::WriteOnly) &&
                             file.write(ConnectionStore::exported(connections)) >= 0 && file.commit();
        m_manager->tell(written
                            ? u"Exported %1, without passwords, to %2."_s.arg(connections.size()).arg(path)
                            : u"%1 cannot be written: %2"_s.arg(path, file.errorString()));
    });
    files->open();
}

void ConnectionDesk::previewLimits(const QString& connection, const std::vector<QueueObjective>& objectives) {
    LimitsPane* pane = m_manager->form()->limits();
    const QString file = m_historyOf ? m_historyOf(connection) : QString();
    if (connection.isEmpty() || file.isEmpty())
        return pane->showPreview(connection.isEmpty() ? u"No history is recorded of a new connection."_s
                                                      : u"This window keeps no history."_s);
    if (m_reading && m_reading->isRunning())
        return pane->showPreview(u"Still reading; ask again in a moment."_s);
    const ServerTime now = SystemClock().wallNow();
    m_reading.reset(QThread::create([this, file, connection, objectives, now, to = QPointer(pane)] {
        const QString text = limitsInHistory(file, connection, objectives, now);
        QMetaObject::invokeMethod(
            this,
            [to, text] {
                if (to) to->showPreview(text);
            },
            Qt::QueuedConnection);
    }));
    m_reading->setObjectName(u"spillway-limits"_s);
    m_reading->start();
}

}  // namespace spillway
