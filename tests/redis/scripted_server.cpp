#include "tests/redis/scripted_server.h"

#include <QTcpServer>
#include <memory>

namespace spillway {
using namespace Qt::StringLiterals;

ScriptedServer::ScriptedServer(Script script) : m_script(std::move(script)) {
    start();
    while (m_port == 0) QThread::yieldCurrentThread();
}

ScriptedServer::~ScriptedServer() {
    m_stop = true;
    wait();
}

QString ScriptedServer::url() const {
    return u"redis://127.0.0.1:%1"_s.arg(m_port.load());
}

void ScriptedServer::run() {
    QTcpServer server;
    server.listen(QHostAddress::LocalHost);
    m_port = server.serverPort();
    while (!m_stop)
        if (server.waitForNewConnection(20)) {
            const std::unique_ptr<QTcpSocket> client(server.nextPendingConnection());
            serve(*client);
        }
}

void ScriptedServer::serve(QTcpSocket& client) {
    say(client, m_script.greeting);
    while (!m_stop && client.state() == QAbstractSocket::ConnectedState) {
        if (!client.waitForReadyRead(20)) continue;
        // Each command begins with '*' at the start of a line; arguments in these tests never do.
        for (auto commands = client.readAll().count('*'); commands > 0; --commands)
            say(client, m_script.answer);
        if (m_script.closeAfterAnswer) return;
    }
}

void ScriptedServer::say(QTcpSocket& client, const QByteArray& bytes) {
    if (m_script.pause_ms == 0) {
        client.write(bytes);
        while (!m_stop && client.bytesToWrite() > 0 && client.waitForBytesWritten(20)) continue;
        return;
    }
    for (const char byte : bytes) {
        if (m_stop || client.state() != QAbstractSocket::ConnectedState) return;
        client.write(&byte, 1);
        client.waitForBytesWritten(20);
        msleep(static_cast<unsigned long>(m_script.pause_ms));
    }
}

}  // namespace spillway
