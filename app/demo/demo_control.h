// The window's way to the demo: runs `spillwayctl demo up` and `demo down`, which lies beside the
// running program. Does not block.
#pragma once

#include <QObject>
#include <QProcess>

#include "app/demo/demo_endpoints.h"
#include "backends/domain/outcome.h"

namespace spillway {

class DemoLauncher : public QObject {
    Q_OBJECT
public:
    // `program`: for tests; empty = spillwayctl beside this program, else the one in PATH.
    explicit DemoLauncher(QString program = {}, QObject* parent = nullptr);
    ~DemoLauncher() override;  // gives up waiting; a demo that runs keeps running

    void start();  // answers once with ready() or failed(); takes a few seconds
    void stop();   // answers once with stopped() or failed()

signals:
    void ready(spillway::DemoEndpoints endpoints);
    void stopped();
    void failed(spillway::Failure failure);

private:
    void run(const QStringList& arguments);
    void finished(int code);
    void fail(const QString& said);

    QString m_program;
    QProcess m_process;
    bool m_starting = false;
};

}  // namespace spillway
