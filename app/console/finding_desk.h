// What the window does about findings beyond showing them: keeps what people say of them, calls for a person
// when one turns critical, and says in the window's title and in the tray how it stands. GUI thread.
#pragma once

#include <QHash>
#include <QObject>
#include <QSystemTrayIcon>
#include <optional>

#include "widgets/models/connection_view.h"

class QWidget;

namespace spillway {

class SessionHistories;
class Workspace;

// How it stands over all connections. Pure.
struct Urgency {
    int critical = 0;  // findings that nobody has acknowledged
    int warnings = 0;
    int silent = 0;               // connections that do not answer
    bool silentCritical = false;  // one of them is production
    bool operator==(const Urgency&) const = default;
};
[[nodiscard]] Urgency urgencyOf(const ConnectionViews& views, const QDateTime& now);
// What the tray shows; nothing: all is quiet.
[[nodiscard]] std::optional<Severity> worstOf(const Urgency& urgency);
// "(2) Spillway – 2 critical", and what the tray says: "2 critical, 1 warning".
[[nodiscard]] QString windowTitle(const Urgency& urgency);
[[nodiscard]] QString urgencyText(const Urgency& urgency);

// Which criticals a person must be told of now: those that were not there, or were acknowledged, before.
// Those of the first reading of a connection are not news: somebody is just looking at them.
class CriticalNews {
public:
    [[nodiscard]] std::vector<Finding> update(const ConnectionViews& views, const QDateTime& now);

private:
    QHash<QString, QStringList> m_known;  // by connection
};

class FindingDesk : public QObject {
    Q_OBJECT
public:
    // `window`: whose title tells, and which a click on a notification brings to the front.
    FindingDesk(Workspace* workspace, QWidget* window);

    // Whether the desktop is asked to call; the tray and the title tell all the same.
    void setNotifications(bool wanted) { m_notifies = wanted; }
    void serve(SessionHistories* history);  // without it nobody can acknowledge anything

public slots:
    void setConnections(const spillway::ConnectionViews& views);

signals:
    // A notification, as the desktop gets it.
    void called(const QString& title, const QString& text);

private:
    void call(const std::vector<Finding>& news);
    void showTray();

    Workspace* m_workspace;
    QWidget* m_window;
    bool m_notifies = true;
    QSystemTrayIcon m_tray;
    CriticalNews m_news;
    Urgency m_urgency;
    Finding m_called;  // where a click on the notification leads
};

}  // namespace spillway
