// Nothing that a server says reaches the terminal as more than text.
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTemporaryFile>
#include <QTest>
#include <QtEndian>

#include "app/cli/printers/text_table.h"
#include "app/cli/safe_output.h"
#include "backends/domain/connection_settings.h"
#include "backends/domain/secrets.h"
#include "backends/postgres/wire/connection_string.h"
#include "backends/redis/wire/url.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

QString printed(const std::function<void(QTextStream&)>& print) {
    QTemporaryFile file;
    if (!file.open()) return {};
    {
        SafeOutput safe(file);
        QTextStream stream(&safe);
        print(stream);
    }
    file.seek(0);
    return QString::fromUtf8(file.readAll());
}

// Answers every login with an error in PostgreSQL's protocol whose text is `words`.
class LoginRefuser : public QTcpServer {
public:
    explicit LoginRefuser(const QByteArray& words) {
        connect(this, &QTcpServer::newConnection, this, [this, words] {
            auto* socket = nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [socket, words] {
                const QByteArray request = socket->readAll();
                if (request.size() == 8) {  // SSLRequest, GSSENCRequest
                    socket->write("N");
                    return;
                }
                const QByteArray fields = "SFATAL\0"_ba + "C28P01\0"_ba + "M" + words + '\0' + '\0';
                QByteArray answer = "E\0\0\0\0"_ba + fields;
                qToBigEndian<quint32>(static_cast<quint32>(4 + fields.size()), answer.data() + 1);
                socket->write(answer);
                socket->disconnectFromHost();
            });
        });
        listen(QHostAddress::LocalHost);
    }

private:
};

}  // namespace

class SafeOutputTest : public QObject {
    Q_OBJECT

private slots:
    void whatCouldActIsShownInstead_data() {
        QTest::addColumn<QString>("hostile");
        QTest::addColumn<QString>("shown");
        QTest::newRow("clipboard") << u"\x1b]52;c;cm0gLXJm\x07"_s << u"\\x1b]52;c;cm0gLXJm\\x07"_s;
        QTest::newRow("clear the screen") << u"a\x1b[2Jb"_s << u"a\\x1b[2Jb"_s;
        QTest::newRow("one-byte CSI") << u"\u009b2J"_s << u"\\u009b2J"_s;
        QTest::newRow("bidi") << u"abc\u202edef"_s << u"abc\\u202edef"_s;
        QTest::newRow("back over the line") << u"bad\rgood"_s << u"bad\\x0dgood"_s;
        QTest::newRow("delete") << u"\x7f"_s << u"\\u007f"_s;
        QTest::newRow("beyond 16 bits") << QString::fromUcs4(U"\U000e0041") << u"\\udb40\\udc41"_s;
        QTest::newRow("hidden text") << u"\x1b[8mx"_s << u"\\x1b[8mx"_s;
        QTest::newRow("plain text, in any script") << u"größe 任务 🚀\n\tz"_s << u"größe 任务 🚀\n\tz"_s;
    }
    void whatCouldActIsShownInstead() {
        QFETCH(QString, hostile);
        QFETCH(QString, shown);
        QCOMPARE(terminalText(hostile), shown);
        QCOMPARE(printed([&](QTextStream& out) { out << hostile; }), shown);
    }

    void ourOwnColoursAndControlsPass() {
        const QString red = painted(u"dead"_s, Paint::critical, true);
        QVERIFY(red.startsWith(u"\x1b[31m"_s));
        QCOMPARE(printed([&](QTextStream& out) { out << red; }), red);
        QCOMPARE(printed([&](QTextStream& out) {
                     out << "a";
                     terminalControl(out, "\r\x1b[K");
                     out << "b";
                 }),
                 u"a\r\x1b[Kb"_s);
    }

    // A stream may cut anywhere: within a character, a surrogate pair or a colour.
    void piecesMakeTheSameText() {
        const QString text = painted(u"größe 🚀"_s, Paint::strong, true) + u"\x1b[2J"_s;
        QTemporaryFile file;
        QVERIFY(file.open());
        {
            SafeOutput safe(file);
            for (const char byte : text.toUtf8()) QCOMPARE(safe.write(&byte, 1), 1);
        }
        file.seek(0);
        QCOMPARE(QString::fromUtf8(file.readAll()),
                 painted(u"größe 🚀"_s, Paint::strong, true) + u"\\x1b[2J"_s);
    }

    void jsonStaysJson() {
        const QString hostile = u"\x7f\u009b\u202e\"\\\x1b"_s;
        const QByteArray document = QJsonDocument(QJsonObject{{u"name"_s, hostile}}).toJson();
        const QString out = printed([&](QTextStream& stream) { stream << QString::fromUtf8(document); });
        for (const char32_t c : out.toUcs4()) QVERIFY(c == U'\n' || (c >= 0x20 && c < 0x7f));
        QCOMPARE(QJsonDocument::fromJson(out.toUtf8())[u"name"_s].toString(), hostile);
    }

    void aServerThatSpeaksInEscapes() {
        LoginRefuser server("go \x1b]0;owned\x07\x1b[2J\xc2\x9b away");
        QVERIFY(server.isListening());
        QProcess program;
        program.setProgram(QStringLiteral(SPILLWAY_BINARY_DIR) + u"/spillwayctl"_s);
        program.setArguments(
            {u"status"_s, u"postgresql://app@127.0.0.1:%1/x?sslmode=disable"_s.arg(server.serverPort())});
        program.start();
        QTRY_COMPARE_WITH_TIMEOUT(program.state(), QProcess::NotRunning, 30'000);
        const QByteArray said = program.readAllStandardError() + program.readAllStandardOutput();
        QVERIFY2(said.contains("owned"), said.constData());
        for (const char byte : said)
            QVERIFY2(byte == '\n' || static_cast<uchar>(byte) >= 0x20, said.toHex(' ').constData());
        QVERIFY2(!said.contains("\xc2\x9b"), said.constData());
    }

    // The libraries quote what they took for a host, a port or a database.
    void passwordsThatShouldHaveBeenEscapedAreHidden_data() {
        QTest::addColumn<QString>("url");
        for (const char* url :
             {"postgresql://u:hunter2/hunter3@ss@h/db", "postgresql://u:hunter2%zz@h/db",
              "postgresql://u:hunter2#x@h/db", "postgresql://u:a@hunter3@h/db",
              "postgresql://u:hunter2?x@h/db", "redis://u:hunter2#x@h/0", "redis://u:hunter2/x@h",
              "redis://u:hunter2%z@h", "rediss://u:6379#hunter3@h", "unix://u:hunter2/x@/run/s",
              "u:hunter2@h", "mysql://u:hunter2@h", "host=h password='hunter2 hunter3' port=x"})
            QTest::newRow(url) << QString::fromLatin1(url);
    }
    void passwordsThatShouldHaveBeenEscapedAreHidden() {
        QFETCH(QString, url);
        QString said;
        const auto settings = connectionFromUrl(url);
        if (!settings) {
            said = settings.failure().sentence();
        } else if (settings->kind == ServerKind::postgres) {
            const auto target = libpqConnection(*settings);
            said = target ? target->address : target.failure().sentence();
        } else {
            const auto address = redisAddressFrom(*settings);
            said = address ? address->display() : address.failure().sentence();
        }
        QVERIFY(!said.isEmpty());
        QVERIFY2(!said.contains(u"hunter"_s), qPrintable(said));
    }

    void whatIsWellFormedIsNotHidden() {
        QCOMPARE(withoutSecretsOf(u"postgresql://app:postgres@db/postgres"_s, u"role \"postgres\" at db"_s),
                 u"role \"postgres\" at db"_s);
    }

    void theArgumentsOfAProcessLoseTheirPasswords() {
        QByteArray words[] = {"spillwayctl",
                              "status",
                              "postgresql://app:hunter2@db:5432/x",
                              "host=db password='hunter 2' user=a",
                              "--rate",
                              "10"};
        char* argv[] = {words[0].data(), words[1].data(), words[2].data(),
                        words[3].data(), words[4].data(), words[5].data()};
        hideSecretsInArguments(6, argv);
        QCOMPARE(words[2], "postgresql://app:*******@db:5432/x"_ba);
        QCOMPARE(words[3], "host=db password=*********' user=a"_ba);
        QCOMPARE(words[1] + words[4] + words[5], "status--rate10"_ba);
    }
};

QTEST_GUILESS_MAIN(SafeOutputTest)
#include "tst_safe_output.moc"
