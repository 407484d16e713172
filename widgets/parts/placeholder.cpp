// Temporary bodies, so that the headers can be linked against; each goes when its own file arrives.
#include <QApplication>
#include "widgets/dialogs/connect_dialog.h"
#include "widgets/pages/first_start_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/parts/connection_tree.h"
#include "widgets/parts/environment_frame.h"
#include "widgets/parts/go_to_queue.h"
#include "widgets/parts/status_line.h"
#include "widgets/parts/theme.h"
#include "widgets/parts/verdict_banner.h"

namespace spillway {
const ThemeTokens& darkTokens() { static const ThemeTokens t; return t; }
Theme::Theme(QApplication& application, ThemeMode mode) : m_application(application), m_mode(mode) {}
void Theme::setMode(ThemeMode mode) { m_mode = mode; m_applying = m_application.isSavingSession(); }
bool Theme::eventFilter(QObject* w, QEvent* e) { return QObject::eventFilter(w, e); }

class BacklogCard {};
class QueueHistories {};

Workspace::Workspace(QWidget* parent) : QWidget(parent), m_firstStart(new FirstStartPage(this)) {}
void Workspace::setConnections(const ConnectionViews&) {}
void Workspace::showOverview(const QString&) {}
void Workspace::showQueue(const QueueRef&) {}
FirstStartPage::FirstStartPage(QWidget* parent) : QWidget(parent) {}
void FirstStartPage::setFound(const std::vector<FoundConnection>&) {}
void FirstStartPage::showTrying(const QString&) {}
void FirstStartPage::showFailure(const QString&, const Failure&, const QDateTime&) {}
void FirstStartPage::showDemoProgress(const QString&) {}
void FirstStartPage::clearProgress() {}
ConnectDialog::ConnectDialog(QWidget* parent) : QDialog(parent) {}
void ConnectDialog::setRequest(const ConnectionRequest&) {}
ConnectionRequest ConnectDialog::request() const { return {}; }
void ConnectDialog::showTesting() {}
void ConnectDialog::showTestPassed(const QString&) {}
void ConnectDialog::showTestFailed(const Failure&) {}
}  // namespace spillway
