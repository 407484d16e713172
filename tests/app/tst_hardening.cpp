// What the compiler and the linker add against flaws in memory is in the programs that were built.
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace Qt::StringLiterals;

class HardeningTest : public QObject {
    Q_OBJECT
private slots:
    void programsAreHardened_data();
    void programsAreHardened();
    void callsOfTheCLibraryAreChecked();
};

void HardeningTest::programsAreHardened_data() {
    QTest::addColumn<QString>("program");
    QTest::newRow("window") << u"spillway"_s;
    QTest::newRow("command line") << u"spillwayctl"_s;
}

void HardeningTest::programsAreHardened() {
    QFETCH(QString, program);
    if (QStandardPaths::findExecutable(u"readelf"_s).isEmpty()) QSKIP("readelf is not installed");
    QProcess readelf;
    readelf.start(u"readelf"_s, {u"--wide"_s, u"--file-header"_s, u"--program-headers"_s, u"--dynamic"_s,
                                 u"--dyn-syms"_s, QStringLiteral(SPILLWAY_BINARY_DIR "/") + program});
    QVERIFY(readelf.waitForFinished());
    const QString text = QString::fromUtf8(readelf.readAllStandardOutput());
    QVERIFY2(text.contains(u"DYN (Position-Independent"_s), "can be loaded anywhere");
    QVERIFY2(text.contains(u"GNU_RELRO"_s), "tables are read-only once they are filled");
    QVERIFY2(text.contains(u"BIND_NOW"_s), "and they are filled at the start");
    QVERIFY2(text.contains(u"__stack_chk_fail"_s), "an overwritten stack is noticed");
    const qsizetype stack = text.indexOf(u"GNU_STACK"_s);
    QVERIFY(stack >= 0);
    QVERIFY2(!text.mid(stack, text.indexOf(u'\n', stack) - stack).contains(u"RWE"_s),
             "the stack does not run");
}

void HardeningTest::callsOfTheCLibraryAreChecked() {
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    QVERIFY(_FORTIFY_SOURCE >= 2);
#else
    QSKIP("only in a build that optimises, without a sanitizer");
#endif
}

QTEST_GUILESS_MAIN(HardeningTest)
#include "tst_hardening.moc"
