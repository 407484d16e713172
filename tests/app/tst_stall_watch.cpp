// A window that stands still is told of, with what it was busy with.
#include <QSignalSpy>
#include <QTest>
#include <QThread>
#include <QTimer>

#include "app/console/stall_watch.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class StallWatchTest : public QObject {
    Q_OBJECT
private slots:
    void aStallSaysWhere() {
        QStringList told;
        const StallWatch watch(100ms, [&told](const QString& text) { told << text; });
        QTimer slow;
        slow.setObjectName(u"the slow one"_s);
        slow.setSingleShot(true);
        connect(&slow, &QTimer::timeout, this, [] { QThread::msleep(150); });
        slow.start(0);
        QTRY_VERIFY(!told.isEmpty());
        const QString all = told.join(u'\n');
        QVERIFY2(all.contains(u"Timer of QTimer \"the slow one\""_s), qPrintable(all));
        QVERIFY2(all.contains(u"The window stood still for "_s), qPrintable(all));
    }
    // Waiting is no stall.
    void anIdleLoopIsQuiet() {
        QStringList told;
        const StallWatch watch(100ms, [&told](const QString& text) { told << text; });
        QTimer end;
        end.setObjectName(u"the end"_s);
        end.setSingleShot(true);
        QSignalSpy over(&end, &QTimer::timeout);
        end.start(400);
        QVERIFY(over.wait());
        for (const QString& text : told) QVERIFY2(!text.contains(u"the end"_s), qPrintable(text));
    }
};

QTEST_GUILESS_MAIN(StallWatchTest)
#include "tst_stall_watch.moc"
