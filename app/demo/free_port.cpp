#include "app/demo/free_port.h"

#include <QTcpServer>

namespace spillway {

int freeLoopbackPort() {
    QTcpServer probe;
    return probe.listen(QHostAddress::LocalHost, 0) ? probe.serverPort() : 0;
}

}  // namespace spillway
