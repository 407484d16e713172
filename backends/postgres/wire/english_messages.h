// libpq translates its messages; classification needs the originals. While this lives, the messages of this
// thread are English; no other thread is touched.
#pragma once

#include <clocale>

namespace spillway {

class EnglishMessages {
public:
    EnglishMessages() : m_english(::newlocale(LC_ALL_MASK, "C", nullptr)), m_before(::uselocale(m_english)) {}
    ~EnglishMessages() {
        ::uselocale(m_before);
        ::freelocale(m_english);
    }
    EnglishMessages(const EnglishMessages&) = delete;
    EnglishMessages& operator=(const EnglishMessages&) = delete;

private:
    locale_t m_english;
    locale_t m_before;
};

}  // namespace spillway
