// Servers that speak PostgreSQL's protocol and never end: a login without an end, answers without an end.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <thread>

#include "backends/postgres/postgres_backend.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

enum class Trick { endlessLogin, endlessRows, oneHugeValue };
enum class Over { tcp, local };

QByteArray bigEndian(quint32 value) {
    QByteArray bytes(4, '\0');
    qToBigEndian(value, bytes.data());
    return bytes;
}

QByteArray message(char type, const QByteArray& body) {
    return type + bigEndian(static_cast<quint32>(body.size()) + 4) + body;
}

QByteArray parameter(const QByteArray& name, const QByteArray& value) {
    return message('S', name + '\0' + value + '\0');
}

// One column of text.
QByteArray rowDescription() {
    return message('T', QByteArray("\0\1", 2) + QByteArray("x\0", 2) + QByteArray(6, '\0') + bigEndian(25) +
                            QByteArray("\xff\xff\xff\xff\xff\xff\0\0", 8));
}

// Serves one client on a thread of its own, until the client has gone.
class HostileServer {
public:
    explicit HostileServer(Trick trick, Over over = Over::tcp)
        : m_trick(trick), m_listener(::socket(over == Over::tcp ? AF_INET : AF_UNIX, SOCK_STREAM, 0)) {
        if (over == Over::tcp)
            listenOnPort();
        else
            listenInFolder();
        m_thread = std::thread([this] { serve(); });
    }
    ~HostileServer() {
        ::shutdown(m_listener, SHUT_RDWR);
        // A client that has hung up may leave a send() waiting for its window for a minute.
        if (m_client >= 0) ::shutdown(m_client, SHUT_RDWR);
        m_thread.join();
        if (m_client >= 0) ::close(m_client);
        ::close(m_listener);
    }
    HostileServer(const HostileServer&) = delete;
    HostileServer& operator=(const HostileServer&) = delete;

    [[nodiscard]] ConnectionSettings settings(std::chrono::milliseconds deadline) const {
        ConnectionSettings settings;
        settings.url =
            m_port > 0 ? u"postgresql://ops@127.0.0.1:%1/app?sslmode=disable&gssencmode=disable"_s.arg(m_port)
                       : u"postgresql://ops@/app?host=%1"_s.arg(m_folder.path());
        settings.connectDeadline = deadline;
        return settings;
    }
    [[nodiscard]] bool talking() const { return m_sent > 1000; }
    [[nodiscard]] qint64 sent() const { return m_sent; }

private:
    void listenOnPort() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(m_listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(m_listener, 1) != 0 ||
            ::getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            qWarning("no port to listen on");
        m_port = ntohs(address.sin_port);
    }
    void listenInFolder() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const QByteArray path = m_folder.filePath(u".s.PGSQL.5432"_s).toLocal8Bit();
        qstrncpy(address.sun_path, path.constData(), sizeof address.sun_path);
        if (::bind(m_listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(m_listener, 1) != 0)
            qWarning("no socket to listen on");
    }
    bool send(const QByteArray& bytes) {
        for (qsizetype at = 0; at < bytes.size();) {
            const auto n =
                ::send(m_client, bytes.data() + at, static_cast<size_t>(bytes.size() - at), MSG_NOSIGNAL);
            if (n <= 0) return false;
            at += n;
            m_sent += n;
        }
        return true;
    }
    bool heard() {
        char buffer[4096];
        return ::recv(m_client, buffer, sizeof buffer, 0) > 0;
    }
    void serve() {
        m_client = ::accept(m_listener, nullptr, nullptr);
        if (m_client < 0) return;
        if (heard() && send(message('R', bigEndian(0)))) talk();
        ::shutdown(m_client, SHUT_RDWR);
    }
    void talk() {
        if (m_trick == Trick::endlessLogin)
            while (send(parameter("x", QByteArray(500, 'y')))) {
            }
        const bool ready = send(parameter("server_version", "15.18") + parameter("client_encoding", "UTF8") +
                                message('Z', "I"));
        if (!ready || !heard() || !send(rowDescription())) return;
        const QByteArray value(100'000, 'v');
        const auto row = QByteArray("\0\1", 2) + bigEndian(static_cast<quint32>(value.size())) + value;
        if (m_trick == Trick::endlessRows)
            while (send(message('D', row))) {
            }
        // A message of a gigabyte.
        if (send('D' + bigEndian(1'000'000'010) + QByteArray("\0\1", 2) + bigEndian(1'000'000'000)))
            while (send(value)) {
            }
    }

    const Trick m_trick;
    const int m_listener;
    const QTemporaryDir m_folder;
    std::atomic<int> m_client = -1;
    quint16 m_port = 0;
    std::atomic<qint64> m_sent = 0;
    std::thread m_thread;
};

}  // namespace

class TestHostilePostgres : public QObject {
    Q_OBJECT
private slots:
    void aLoginWithoutEndIsGivenUp();
    void aLoginWithoutEndCanBeInterrupted();
    void anAnswerWithoutEndIsCutOff_data();
    void anAnswerWithoutEndIsCutOff();
};

void TestHostilePostgres::aLoginWithoutEndIsGivenUp() {
    const HostileServer server(Trick::endlessLogin);
    QElapsedTimer timer;
    timer.start();
    const auto info = makePostgresBackend(server.settings(2s))->open();
    QVERIFY(!info.ok());
    QCOMPARE(info.failure().kind, FailureKind::timeout);
    QVERIFY2(timer.elapsed() >= 1900 && timer.elapsed() < 10'000,
             qPrintable(QString::number(timer.elapsed())));
    QVERIFY(server.talking());
}

void TestHostilePostgres::aLoginWithoutEndCanBeInterrupted() {
    const HostileServer server(Trick::endlessLogin);
    const auto backend = makePostgresBackend(server.settings(60s));
    std::atomic<bool> over = false;
    std::optional<FailureKind> kind;
    std::thread opening([&] {
        const auto info = backend->open();
        if (!info) kind = info.failure().kind;
        over = true;
    });
    QTRY_VERIFY_WITH_TIMEOUT(server.talking(), 10'000);
    const bool early = over;
    backend->interrupt();
    QElapsedTimer timer;
    timer.start();
    opening.join();
    QVERIFY(!early);
    QCOMPARE(kind, std::optional(FailureKind::cancelled));
    QVERIFY2(timer.elapsed() < 15'000, qPrintable(QString::number(timer.elapsed())));
}

void TestHostilePostgres::anAnswerWithoutEndIsCutOff_data() {
    QTest::addColumn<int>("trick");
    QTest::addColumn<int>("over");
    for (const auto& [name, over] : {std::pair{"", Over::tcp}, {", over a local socket", Over::local}}) {
        QTest::addRow("rows%s", name) << static_cast<int>(Trick::endlessRows) << static_cast<int>(over);
        QTest::addRow("one value of a gigabyte%s", name)
            << static_cast<int>(Trick::oneHugeValue) << static_cast<int>(over);
    }
}

void TestHostilePostgres::anAnswerWithoutEndIsCutOff() {
    QFETCH(int, trick);
    QFETCH(int, over);
    const HostileServer server(static_cast<Trick>(trick), static_cast<Over>(over));
    const auto info = makePostgresBackend(server.settings(60s))->open();
    QVERIFY(!info.ok());
    QCOMPARE(info.failure().kind, FailureKind::protocol);
    QVERIFY2(info.failure().sentence().contains(u"too much"_s), qPrintable(info.failure().sentence()));
    QVERIFY2(server.sent() < 400'000'000, qPrintable(QString::number(server.sent())));
}

QTEST_GUILESS_MAIN(TestHostilePostgres)
#include "tst_hostile_postgres.moc"
