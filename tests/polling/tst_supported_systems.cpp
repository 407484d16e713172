// What the systems say of themselves at best.
#include <QtTest>

#include "backends/polling/supported_systems.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestSupportedSystems : public QObject {
    Q_OBJECT
private slots:
    // Only Sidekiq takes a job out of its server while it runs; the others say where it stays.
    void whereAJobIsWhileItRuns() {
        const auto systems = supportedSystems();
        QVERIFY2(systems.ok(), systems.ok() ? "" : qPrintable(systems.failure().sentence()));
        QCOMPARE(systems->size(), size_t(8));
        for (const SupportedSystem& system : *systems) {
            const QString why = system.capabilities.why(u"replay_lost"_s);
            QCOMPARE(system.capabilities.observable(u"replay_lost"_s), system.name == u"sidekiq"_s);
            QVERIFY2(system.name == u"sidekiq"_s ? why.isEmpty()
                                                 : why.contains(u"none is lost with its process"_s),
                     qPrintable(system.name + u": "_s + why));
        }
    }
};

QTEST_GUILESS_MAIN(TestSupportedSystems)
#include "tst_supported_systems.moc"
