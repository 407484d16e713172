// The window's way to the demo: runs `spillwayctl demo` as a child, so that the demo lives no longer than
// the window; a demo that somebody else started is joined and left alone. Does not block.
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
    // Tells the demo to stop and waits up to 10 s for it; it stops its servers itself.
    ~DemoLauncher() override;

    // Answers once with ready() or failed(); takes a few seconds, none where the demo is ready already.
    void start();
    [[nodiscard]] bool ownsDemo() const { return m_process.state() != QProcess::NotRunning; }

signals:
    void ready(spillway::DemoEndpoints endpoints);
    void failed(spillway::Failure failure);
    void ended();  // a demo that was ready is gone

private:
    void readAnswer();
    void finished(int code);
    void fail(const QString& said);

    QString m_program;
    QProcess m_process;
    QByteArray m_answer;
    std::optional<DemoEndpoints> m_ready;
};

}  // namespace spillway
