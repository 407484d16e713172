// Checklists on the disk: whole or not at all, private, changed by several at once.
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <thread>

#include "backends/checklist/checklist_store.h"
#include "tests/checklist/checklist_builder.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class ChecklistStoreTest : public QObject {
    Q_OBJECT
private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void whatIsKeptComesBack();
    void filesAreTheOwners();
    void aChangeThatFailsChangesNothing();
    void severalWritersLoseNothing();
    void anEditedFileIsToldOf();
    void idsAreNoPaths();

private:
    [[nodiscard]] ChecklistStore store() const { return ChecklistStore(m_folder->filePath(u"a/b"_s)); }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void ChecklistStoreTest::whatIsKeptComesBack() {
    QVERIFY(store().list()->checklists.empty());
    Checklist older = goodChecklist();
    Checklist newer = emptyChecklist();
    newer.id = newChecklistId();
    newer.created += std::chrono::hours(1);
    QVERIFY(isChecklistId(newer.id));
    QVERIFY(store().create(older).ok());
    QVERIFY(store().create(newer).ok());
    QCOMPARE(*store().load(older.id), older);
    const auto list = store().list();
    QVERIFY(list.ok());
    QCOMPARE(list->checklists.size(), 2u);
    QCOMPARE(list->checklists.front(), newer);
    QCOMPARE(store().load(u"c-00000000"_s).failure().kind, FailureKind::usage);
}

void ChecklistStoreTest::filesAreTheOwners() {
    QVERIFY(store().create(goodChecklist()).ok());
    const QString folder = m_folder->filePath(u"a/b"_s);
    const auto others =
        QFileDevice::ReadGroup | QFileDevice::ReadOther | QFileDevice::WriteGroup | QFileDevice::WriteOther;
    QCOMPARE(QFile::permissions(folder) & others, QFileDevice::Permissions());
    QCOMPARE(QFile::permissions(folder + u"/c-0123abcd.json"_s) & others, QFileDevice::Permissions());
}

void ChecklistStoreTest::aChangeThatFailsChangesNothing() {
    const Checklist c = goodChecklist();
    QVERIFY(store().create(c).ok());
    const auto changed = store().change(c.id, [](Checklist& one) -> Outcome<Done> {
        one.title = u"half done"_s;
        return Failure{FailureKind::usage, u"no"_s, {}, {}};
    });
    QVERIFY(!changed.ok());
    QCOMPARE(*store().load(c.id), c);
}

void ChecklistStoreTest::severalWritersLoseNothing() {
    const Checklist c = emptyChecklist();
    QVERIFY(store().create(c).ok());
    std::atomic<int> failed = 0;
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i)
        writers.emplace_back([&, i] {
            auto mine = store();
            for (int j = 0; j < 5; ++j)
                failed += !mine.change(c.id,
                                       [&](Checklist& one) -> Outcome<Done> {
                                           one.jobs << QString::number(10 * i + j);
                                           return Done{};
                                       })
                               .ok();
        });
    for (auto& writer : writers) writer.join();
    QCOMPARE(failed.load(), 0);
    QCOMPARE(store().load(c.id)->jobs.size(), 1 + 20);
}

void ChecklistStoreTest::anEditedFileIsToldOf() {
    const Checklist c = goodChecklist();
    QVERIFY(store().create(c).ok());
    QFile file(m_folder->filePath(u"a/b/c-0123abcd.json"_s));
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QByteArray bytes = file.readAll().replace("Charge", "Refund");
    file.resize(0);
    file.seek(0);
    file.write(bytes);
    file.close();
    QVERIFY(store().load(c.id).failure().sentence().contains(u"was edited"_s));
    const auto list = store().list();
    QVERIFY(list->checklists.empty());
    QCOMPARE(list->unreadable.size(), 1);
}

void ChecklistStoreTest::idsAreNoPaths() {
    for (const auto& id : {u"../x"_s, u""_s, u"c-0123abcd/../../x"_s, u"C-0123ABCD"_s}) {
        QVERIFY(!isChecklistId(id));
        QVERIFY(!store().load(id).ok());
    }
}

QTEST_GUILESS_MAIN(ChecklistStoreTest)
#include "tst_checklist_store.moc"
