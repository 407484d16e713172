#include "app/console/single_window.h"

#include <QDir>
#include <QLocalSocket>
#include <QStandardPaths>

#include "widgets/models/place_link.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kWait_ms = 1000;
constexpr qint64 kLongestLine = 4 * kLongestLink;  // bytes
constexpr char kTaken[] = "taken\n";

bool answers(const QString& name) {
    QLocalSocket socket;
    socket.connectToServer(name);
    return socket.waitForConnected(kWait_ms);
}

}  // namespace

QString SingleWindow::usualName() {
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation);
    const QString display =
        qEnvironmentVariable("WAYLAND_DISPLAY", qEnvironmentVariable("DISPLAY")).section(u'/', -1);
    const QString name = u"spillway-window%1"_s.arg(QString(display).replace(u':', u'-'));
    return folder.isEmpty() ? name : QDir(folder).filePath(name);
}

bool SingleWindow::handOver(const QString& name, const QString& link) {
    QLocalSocket socket;
    socket.connectToServer(name);
    if (!socket.waitForConnected(kWait_ms)) return false;
    socket.write(link.toUtf8() + '\n');
    while (!socket.canReadLine())
        if (!socket.waitForReadyRead(kWait_ms)) return false;
    return socket.readLine() == kTaken;
}

SingleWindow::SingleWindow(const QString& name, QObject* parent) : QObject(parent) {
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket* socket = m_server.nextPendingConnection()) serve(socket);
    });
    if (answers(name)) return;         // to listen would push that window aside
    QLocalServer::removeServer(name);  // of a window that was killed
    m_server.listen(name);
}

void SingleWindow::serve(QLocalSocket* socket) {
    connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
        if (!socket->canReadLine()) {
            if (socket->bytesAvailable() > kLongestLine) socket->abort();
            return;
        }
        const QString link = QString::fromUtf8(socket->readLine(kLongestLine)).trimmed();
        socket->write(kTaken);
        socket->disconnectFromServer();
        emit linkArrived(link);
    });
}

}  // namespace spillway
