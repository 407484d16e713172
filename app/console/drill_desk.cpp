#include "app/console/drill_desk.h"

#include <QFileInfo>
#include <mutex>

#include "backends/checklist/checklist_store.h"
#include "backends/drill/claim_drill_run.h"
#include "widgets/checklist/checklist_page.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kLargestScript = 1 << 20;  // bytes

Outcome<Done> readScript(ClaimDrillSettings& drill) {
    if (drill.style != ClaimStyle::own) return Done{};
    const auto bytes = readWholeFile(drill.scriptFile, kLargestScript);
    if (!bytes) return bytes.failure();
    drill.script = QString::fromUtf8(*bytes);
    drill.scriptFile = QFileInfo(drill.scriptFile).fileName();
    return Done{};
}

}  // namespace

struct DrillDesk::Control {
    std::mutex mutex;  // of both
    ClaimDrillRun* run = nullptr;
    bool stopped = false;

    void set(ClaimDrillRun* current) {
        const std::lock_guard lock(mutex);
        run = current;
        if (run && stopped) run->stop();
    }
    void stop() {
        const std::lock_guard lock(mutex);
        stopped = true;
        if (run) run->stop();
    }
};

DrillDesk::DrillDesk(SettingsOf settingsOf, QObject* parent)
    : QObject(parent), m_settingsOf(std::move(settingsOf)) {
    qRegisterMetaType<ClaimDrillProgress>();
    qRegisterMetaType<ClaimDrillResult>();
    m_thread.setMaxThreadCount(1);
}

DrillDesk::~DrillDesk() {
    stop();
    m_thread.waitForDone();
}

void DrillDesk::serve(ChecklistPage* page) {
    connect(page, &ChecklistPage::drillStarted, this, &DrillDesk::start);
    connect(page, &ChecklistPage::drillStopped, this, &DrillDesk::stop);
    connect(this, &DrillDesk::progressed, page, &ChecklistPage::showDrillProgress, Qt::QueuedConnection);
    connect(this, &DrillDesk::ended, page, &ChecklistPage::showDrillResult, Qt::QueuedConnection);
    connect(this, &DrillDesk::failed, page, &ChecklistPage::showDrillFailure, Qt::QueuedConnection);
}

void DrillDesk::start(const DrillRequest& request) {
    const auto settings = m_settingsOf(request.connection);
    if (!settings) {
        emit failed(u"%1 is no longer open. Choose another connection."_s.arg(request.connection));
        return;
    }
    if (const auto refused = refusedInProduction(*settings)) {
        emit failed(refused->sentence());
        return;
    }
    m_control = std::make_shared<Control>();
    m_thread.start([this, settings = *settings, drill = request.drill, control = m_control] {
        run(settings, drill, *control);
    });
}

void DrillDesk::stop() {
    if (m_control) m_control->stop();
}

void DrillDesk::run(const ConnectionSettings& settings, ClaimDrillSettings drill, Control& control) {
    if (const auto read = readScript(drill); !read) {
        emit failed(read.failure().sentence());
        return;
    }
    const auto arena = makeClaimArena(settings, drill);
    ClaimDrillRun run(*arena, drill);
    control.set(&run);
    const auto result = run.run([this](const ClaimDrillProgress& so) { emit progressed(so); });
    control.set(nullptr);
    if (result)
        emit ended(*result);
    else
        emit failed(result.failure().sentence());
}

}  // namespace spillway
