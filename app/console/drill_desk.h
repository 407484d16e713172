// The window's hand on claim drills: one at a time, in a thread of its own, never in production. GUI thread.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <functional>
#include <memory>

#include "backends/domain/connection_settings.h"
#include "widgets/checklist/drill_panel.h"

namespace spillway {

class ChecklistPage;

class DrillDesk : public QObject {
    Q_OBJECT
public:
    using SettingsOf = std::function<std::optional<ConnectionSettings>(const QString& connection)>;

    explicit DrillDesk(SettingsOf settingsOf, QObject* parent = nullptr);
    ~DrillDesk() override;  // ends the drill under way, and waits until its scratch copy is gone

    void serve(ChecklistPage* page);

public slots:
    // progressed() now and then; exactly one ended() or failed().
    void start(const spillway::DrillRequest& request);
    void stop();  // soon; what was measured until then is kept

signals:
    void progressed(const spillway::ClaimDrillProgress& progress);
    void ended(const spillway::ClaimDrillResult& result);
    void failed(const QString& sentence);

private:
    struct Control;  // shared with the thread
    void run(const ConnectionSettings& settings, ClaimDrillSettings drill, Control& control);

    SettingsOf m_settingsOf;
    std::shared_ptr<Control> m_control;
    QThreadPool m_thread;
};

}  // namespace spillway
