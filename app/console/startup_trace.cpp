#include "app/console/startup_trace.h"

#include <QEvent>
#include <QTextStream>
#include <QTimer>

#include "app/console/main_window.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

void say(const QString& what) {
    QTextStream(stderr) << what << Qt::endl;
}

// Ends itself after the first frame.
class FirstPaint : public QObject {
public:
    explicit FirstPaint(QWidget* window) : QObject(window) { window->installEventFilter(this); }
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::Paint) {
            watched->removeEventFilter(this);
            QTimer::singleShot(0, this, [this] {
                say(u"usable"_s);
                deleteLater();
            });
        }
        return false;
    }
};

}  // namespace

void traceStartup(MainWindow& window) {
    if (!qEnvironmentVariableIsSet("SPILLWAY_STARTUP_TRACE")) return;
    new FirstPaint(&window);
    QObject::connect(&window.session(), &Session::firstReading, &window,
                     [](const QString& name) { say(u"reading "_s + name); });
}

}  // namespace spillway
