// A TCP server that says what a test wants, byte by byte if need be. Runs in a thread of its own.
#pragma once

#include <QByteArray>
#include <QTcpSocket>
#include <QThread>
#include <atomic>

namespace spillway {

struct Script {
    QByteArray greeting;  // sent as soon as somebody connects
    QByteArray answer;    // sent for each command that arrives, whatever it is
    int pause_ms = 0;     // between single bytes of an answer; 0: all at once
    bool closeAfterAnswer = false;
};

class ScriptedServer : public QThread {
public:
    explicit ScriptedServer(Script script);
    ~ScriptedServer() override;
    [[nodiscard]] QString url() const;  // redis://127.0.0.1:port

protected:
    void run() override;

private:
    void serve(QTcpSocket& client);
    void say(QTcpSocket& client, const QByteArray& bytes);

    Script m_script;
    std::atomic<int> m_port = 0;
    std::atomic<bool> m_stop = false;
};

}  // namespace spillway
