#include "app/console/finding_desk.h"

#include <QIcon>
#include <QMenu>
#include <QWidget>
#include <utility>

#include "app/console/session_histories.h"
#include "backends/acting/action_report.h"
#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/theme.h"
#include "widgets/verdict/verdict.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kShown_ms = 15'000;
constexpr int kTrayPixels = 32;

QString counted(int n, const QString& one, const QString& many) {
    return n == 0 ? QString() : u"%1 %2"_s.arg(n).arg(n == 1 ? one : many);
}

// One poll that failed is no reason to call somebody.
constexpr double kSilent_s = 30;
void bringToFront(QWidget* window) {
    window->setWindowState(window->windowState() & ~Qt::WindowMinimized);
    window->show();
    window->raise();
    window->activateWindow();
}

}  // namespace

Urgency urgencyOf(const ConnectionViews& views, const QDateTime& now) {
    Urgency urgency;
    for (const auto& view : views) {
        if (view.state == ConnectionState::stale || view.state == ConnectionState::failed) {
            ++urgency.silent;
            urgency.silentCritical |= view.failure && silenceOf(view, now).severity == Severity::critical;
            continue;
        }
        for (const Finding& finding : findingsOf(view, now)) {
            if (finding.acknowledged) continue;
            urgency.critical += finding.severity == Severity::critical;
            urgency.warnings += finding.severity == Severity::warning;
        }
    }
    return urgency;
}

std::optional<Severity> worstOf(const Urgency& urgency) {
    if (urgency.critical > 0 || urgency.silentCritical) return Severity::critical;
    if (urgency.warnings + urgency.silent > 0) return Severity::warning;
    return std::nullopt;
}

QString urgencyText(const Urgency& urgency) {
    QStringList parts{counted(urgency.critical, u"critical"_s, u"critical"_s),
                      counted(urgency.silent, u"connection silent"_s, u"connections silent"_s),
                      counted(urgency.warnings, u"warning"_s, u"warnings"_s)};
    parts.removeAll(QString());
    return parts.isEmpty() ? u"nothing needs you"_s : parts.join(u", "_s);
}

QString windowTitle(const Urgency& urgency) {
    const int urgent = urgency.critical + urgency.silent;
    return urgent == 0 ? u"Spillway"_s : u"(%1) Spillway – %2"_s.arg(urgent).arg(urgencyText(urgency));
}

std::vector<Finding> CriticalNews::update(const ConnectionViews& views, const QDateTime& now) {
    std::vector<Finding> news;
    QHash<QString, QStringList> known;
    for (const auto& view : views) {
        if (!view.last) continue;
        const auto before = m_known.constFind(view.name);
        QStringList ids;
        for (const Finding& finding : findingsOf(view, now)) {
            if (finding.severity != Severity::critical || finding.acknowledged) continue;
            ids << finding.id;
            if (before != m_known.cend() && !before->contains(finding.id)) news.push_back(finding);
        }
        if (view.failure && ageOfLast(view, now).value_or(0) >= kSilent_s) {
            const Finding silence = silenceOf(view, now);
            if (silence.severity == Severity::critical) ids << silence.id;
            if (ids.contains(silence.id) && before != m_known.cend() && !before->contains(silence.id))
                news.push_back(silence);
        }
        known.insert(view.name, ids);
    }
    m_known = std::move(known);
    return news;
}

FindingDesk::FindingDesk(Workspace* workspace, QWidget* window)
    : QObject(window), m_workspace(workspace), m_window(window) {
    auto* menu = new QMenu(window);
    menu->addAction(u"Show Spillway"_s, this, [this] { bringToFront(m_window); });
    menu->addAction(u"Quit"_s, window, &QWidget::close);
    m_tray.setContextMenu(menu);
    connect(&m_tray, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger) bringToFront(m_window);
    });
    connect(&m_tray, &QSystemTrayIcon::messageClicked, this, [this] {
        bringToFront(m_window);
        if (!m_called.id.isEmpty()) m_workspace->showFinding(m_called);
    });
    showTray();
}

void FindingDesk::serve(SessionHistories* history) {
    m_workspace->keepsHistory();
    connect(m_workspace, &Workspace::acknowledged, history, [history](Acknowledgement said) {
        said.by = thisActor(QStringLiteral(SPILLWAY_VERSION)).name;
        history->acknowledge(said);
    });
    connect(m_workspace, &Workspace::endedFindingsWanted, history, &SessionHistories::askFindingRuns);
    connect(history, &SessionHistories::findingRunsRead, m_workspace, &Workspace::takeEndedFindings);
    connect(history, &SessionHistories::acknowledgeFailed, m_workspace, &Workspace::tellFailure);
}

void FindingDesk::setConnections(const ConnectionViews& views) {
    const QDateTime now = QDateTime::currentDateTime();
    const Urgency urgency = urgencyOf(views, now);
    m_window->setWindowTitle(windowTitle(urgency));
    call(m_news.update(views, now));
    if (urgency == std::exchange(m_urgency, urgency)) return;
    showTray();
}

void FindingDesk::call(const std::vector<Finding>& news) {
    if (news.empty() || !m_notifies) return;
    m_called = news.front();
    const QString title = visibleText(m_called.title, 120);
    QString text = u"%1: %2"_s.arg(connectionLabel(m_called.connection), visibleText(m_called.sentence, 200));
    if (news.size() > 1) text += u" And %1 more."_s.arg(news.size() - 1);
    emit called(title, text);
    if (m_tray.isVisible()) m_tray.showMessage(title, text, QSystemTrayIcon::Critical, kShown_ms);
}

void FindingDesk::showTray() {
    const auto worst = worstOf(m_urgency);
    m_tray.setIcon(worst ? QIcon(iconPixmap(severityIcon(worst), severityColor(currentTokens(), *worst),
                                            kTrayPixels, m_window->devicePixelRatioF()))
                         : m_window->windowIcon());
    m_tray.setToolTip(u"Spillway: "_s + urgencyText(m_urgency));
    if (QSystemTrayIcon::isSystemTrayAvailable()) m_tray.show();
}

}  // namespace spillway
