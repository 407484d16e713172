// Links go to the window that runs already, of the same person on the same display of the same machine. The
// first window listens on a local socket that only this user can reach; a later one hands its link over.
#pragma once

#include <QLocalServer>
#include <QObject>

class QLocalSocket;

namespace spillway {

class SingleWindow : public QObject {
    Q_OBJECT
public:
    // The socket's name for this user and session.
    [[nodiscard]] static QString usualName();
    // True: a window runs and has taken the link. Blocks for at most a second.
    [[nodiscard]] static bool handOver(const QString& name, const QString& link);

    // Takes what later programs hand over, if no other window does already.
    explicit SingleWindow(const QString& name, QObject* parent = nullptr);
    [[nodiscard]] bool listens() const { return m_server.isListening(); }

signals:
    void linkArrived(const QString& link);

private:
    void serve(QLocalSocket* socket);

    QLocalServer m_server;
};

}  // namespace spillway
