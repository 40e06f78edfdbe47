// What a record is, sentence by sentence of CONTRACT.md's "The record". How its strings may look is tested in
// record_reader_text_test.cc; a parser of other people judges it in record_reader_judge_test.cc.
#include "event/record_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "event/event_testing.h"

namespace millrace {
namespace {

using event_testing::example_with;
using event_testing::PaddedRecord;
using Kind = FieldText::Kind;

/// Whether a record is accepted, whatever stands behind it in memory.
bool accepts(std::string_view text) {
  RecordReader reader;
  Arena arena;
  RecordFields fields;
  const bool accepted = reader.read(PaddedRecord(text).bytes(), arena, fields);
  for (const std::string_view behind :
       {std::string_view("\0", 1), std::string_view("}"), std::string_view("]"), std::string_view("\""),
        std::string_view(","), std::string_view("]}"), std::string_view(",0]}\n"), std::string_view(",\"x\":0}}}"),
        std::string_view("7"), std::string_view("\xBF")}) {
    EXPECT_EQ(reader.read(PaddedRecord(text, behind).bytes(), arena, fields), accepted)
        << "with " << behind << " behind " << text.substr(0, 200);
  }
  return accepted;
}

/// A record, read, with all that its fields point to.
class ReadRecord {
 public:
  explicit ReadRecord(std::string_view text) : bytes_(text) {
    accepted_ = reader_.read(bytes_.bytes(), arena_, fields_);
  }

  bool accepted() const { return accepted_; }
  std::string_view extra() const { return fields_.extra; }
  Kind kind(Field field) const { return at(field).kind; }
  std::string_view text(Field field) const { return at(field).text; }

 private:
  const FieldText& at(Field field) const { return fields_.known.at(static_cast<std::size_t>(field)); }

  PaddedRecord bytes_;
  RecordReader reader_;
  Arena arena_;
  RecordFields fields_;
  bool accepted_;
};

/// `count` opening texts, `inside`, and as many closing ones.
std::string nest(std::string_view open, std::string_view close, int count, std::string_view inside = "") {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += open;
  }
  text += inside;
  for (int i = 0; i < count; ++i) {
    text += close;
  }
  return text;
}

TEST(RecordReader, accepts_one_object_and_whitespace_around_and_in_it) {
  for (const char* const text : {
           "{}",
           " {}",
           "{} ",
           "{ }",
           "{}\r",
           "\r\n\t {} \t\n\r",
           "{\"a\":1}",
           " \t\r\n{ \t\r\n\"a\" \t\r\n: \t\r\n1 \t\r\n, \t\r\n\"b\" \t\r\n: \t\r\n[ \t\r\n] \t\r\n} \t\r\n",
           R"({"":""})",
           R"({"a":{"a":{"a":[]}}})",
       }) {
    EXPECT_TRUE(accepts(text)) << text;
  }
}

TEST(RecordReader, refuses_what_is_no_object) {
  for (const char* const text : {
           "",      " ",       "\r",     "\n",       "\t \r\n",   "[]",     "[1,2,3]", "[{}]",    "null", "true",
           "false", "7",       "-1.5e3", R"("x")",   R"("")",     "{",      "}",       "[",       "]",    "\"",
           ":",     ",",       "{]",     "[}",       "undefined", "NaN",    "nul",     "{{}",     "{}{",  "\\",
           "'",     "'{}'",    "(",      "//",       "/**/",      "#",      R"("{}")", "{\"a\"}", "{1}",  "{a}",
           "{a:1}", "{'a':1}", "{1:2}",  "{null:1}", "{[]:1}",    "{{}:1}",
       }) {
    EXPECT_FALSE(accepts(text)) << text;
  }
}

TEST(RecordReader, refuses_text_before_and_behind_the_object) {
  for (const char* const rest :
       {"x",  "{}", " {}",      "\n{}",         "}",    "]",   ",", ":", "\"", "\"\"", "null", "0", "//", "# end",
        "\f", "\v", "\xC2\xA0", "\xE2\x80\xA8", "\x1A", "\\n", ";", "{", "["}) {
    for (const char* const record : {"{}", R"({"a":1})", R"({"a":"b"})", R"({"a":{"b":[]}})"}) {
      EXPECT_FALSE(accepts(std::string(record) + rest)) << record << rest;
      EXPECT_FALSE(accepts(std::string(rest) + record)) << rest << record;
      EXPECT_FALSE(accepts(std::string(record) + " \r" + rest)) << record << rest;
    }
  }
}

TEST(RecordReader, refuses_every_proper_beginning_of_a_record) {
  const std::string record = example_with({{"note", R"({"deep":[1,2.5e-3,"\u00e9\n",true,false,null,{}],"":[]})"},
                                           {"event_id", "7"},
                                           {"currency", "null"}});
  EXPECT_TRUE(accepts(record));
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(accepts(record.substr(0, size))) << record.substr(0, size);
    EXPECT_FALSE(accepts(record.substr(size + 1))) << record.substr(size + 1);
  }
}

TEST(RecordReader, refuses_a_byte_order_mark) {
  EXPECT_FALSE(accepts("\xEF\xBB\xBF{}"));
  EXPECT_FALSE(accepts(" \xEF\xBB\xBF{}"));
  EXPECT_FALSE(accepts("{}\xEF\xBB\xBF"));
  EXPECT_FALSE(accepts("\xFE\xFF{}"));
  EXPECT_FALSE(accepts(std::string_view("\0{\0}", 4)));  // UTF-16
  EXPECT_TRUE(accepts("{\"\xEF\xBB\xBF\":\"\xEF\xBB\xBF\"}"));
}

TEST(RecordReader, refuses_wrong_commas_colons_and_brackets) {
  for (const char* const text : {
           R"({,})",           R"({"a"})",          R"({"a":})",
           R"({:1})",          R"({"a"::1})",       R"({"a":1,})",
           R"({,"a":1})",      R"({"a":1,,"b":2})", R"({"a":1 "b":2})",
           R"({"a" 1})",       R"({"a","b"})",      R"({"a":1:2})",
           R"({"a":"b":1})",   R"({"a":1;"b":2})",  R"({"a"=1})",
           R"({"a":[1,]})",    R"({"a":[,1]})",     R"({"a":[1,,2]})",
           R"({"a":[1 2]})",   R"({"a":[1:2]})",    R"({"a":["b" "c"]})",
           R"({"a":["b":1]})", R"({"a":[)",         R"({"a":[1)",
           R"({"a":[1})",      R"({"a":{]})",       R"({"a":[}])",
           R"({"a":[1}])",     R"({"a":{"b":1])",   R"({"a":{"b":1]})",
           R"({"a":[]]})",     R"({"a":{}}})",      R"({"a":{"b"}})",
           R"({"a":{"b":}})",  R"({"a":{,}})",      R"({"a":{"b":1,}})",
           R"({"a":[[],]})",   R"({"a":[{},]})",    R"({"a":[{}{}]})",
           R"({"a":{}{}})",    R"({"a":[][]})",     R"({"a":"b""c"})",
           R"({"a":"b"c})",    R"({"a":"b"1})",     R"({"a":"b"{}})",
           R"({"a":1{}})",     R"({"a":1[]})",      R"({"a":1"b"})",
           R"({"a":[]1})",     R"({"a"x:1})",       R"({"a""b":1})",
           R"({"a" "b":1})",   R"({"a\":1})",       R"({"a":"b\"})",
           R"({"a":"b)",
       }) {
    EXPECT_FALSE(accepts(text)) << text;
  }
}

// A lazy reader takes the string before a second colon for a key, and skips to some closing bracket.
TEST(RecordReader, refuses_a_string_value_with_a_colon_behind_it) {
  for (const char* const text : {
           R"({"a":"b":1}})",
           R"({"a":"b":1},"c":2})",
           R"({"a":"b":})",
           R"({"a":"b":[]})",
           R"({"a":"b":{}}})",
           R"({"user_id":"b":1}})",
           R"({"x":["b":1]]})",
           R"({"x":["b":1],2]})",
           R"({"x":{"y":"b":1}}})",
           R"({"x":{"y":"b":1},"z":2}})",
           R"({"x":[["b":1]]]})",
           R"({"a":"\n":1}})",
           R"({"x":["\n":1]]})",
       }) {
    EXPECT_FALSE(accepts(text)) << text;
  }
}

// The record's last bracket is then an inner object's, and a lazy reader goes on with what stands behind the record.
TEST(RecordReader, refuses_a_record_without_its_last_bracket_whatever_stands_behind_it) {
  for (const char* const text : {
           R"({"a":{})",
           R"({"a":[{})",
           R"({"a":[[{})",
           R"({"a":{"b":{}})",
           R"({"a":{"b":1})",
           R"({"a":[{"b":0})",
           R"({"a":[{"b":[{"c":0})",
           R"({"a":[{"b":[{"c":0}]})",
           R"({"a":[0,{"b":"x"})",
           R"({"price":{})",
           R"({"a":[]})",
       }) {
    EXPECT_EQ(accepts(text), std::string_view(text) == R"({"a":[]})") << text;
  }
}

TEST(RecordReader, accepts_64_levels_and_refuses_65) {
  for (const auto& [open, close] : {std::pair{"[", "]"}, std::pair{R"({"k":)", "}"}}) {
    const std::string_view inside = open[0] == '[' ? "" : "0";
    EXPECT_TRUE(accepts(R"({"note":)" + nest(open, close, 63, inside) + "}"));
    EXPECT_FALSE(accepts(R"({"note":)" + nest(open, close, 64, inside) + "}"));
    EXPECT_TRUE(accepts(R"({"price":)" + nest(open, close, 63, inside) + "}")) << "a known field";
    EXPECT_FALSE(accepts(R"({"price":)" + nest(open, close, 64, inside) + "}")) << "a known field";
  }
  // [{"k":[{"k": … : two levels each
  EXPECT_TRUE(accepts(R"({"note":)" + nest(R"([{"k":)", "}]", 31, "[]") + "}"));
  EXPECT_TRUE(accepts(R"({"note":)" + nest(R"([{"k":)", "}]", 31, "{}") + "}"));
  EXPECT_FALSE(accepts(R"({"note":)" + nest(R"([{"k":)", "}]", 31, "[[]]") + "}"));
  EXPECT_FALSE(accepts(R"({"note":)" + nest(R"([{"k":)", "}]", 31, R"({"k":{}})") + "}"));
  EXPECT_FALSE(accepts(R"({"note":)" + nest(R"([{"k":)", "}]", 32, "0") + "}"));
}

TEST(RecordReader, refuses_a_depth_that_would_exhaust_a_recursive_reader) {
  for (const int levels : {65, 1'000, 1'024, 1'025, 100'000}) {
    EXPECT_FALSE(accepts(R"({"note":)" + nest("[", "]", levels) + "}")) << levels;
    EXPECT_FALSE(accepts(R"({"note":)" + nest(R"({"k":)", "}", levels, "0") + "}")) << levels;
    EXPECT_FALSE(accepts(R"({"note":)" + nest("[", "", levels))) << levels;
  }
}

TEST(RecordReader, counts_levels_and_not_brackets) {
  EXPECT_TRUE(accepts(R"({"note":[)" + nest("[],", "", 1000, "[]") + "]}"));
  EXPECT_TRUE(accepts(R"({"note":")" + nest("[", "]", 1000) + R"("})"));
}

TEST(RecordReader, takes_any_number_of_the_grammar_as_text) {
  for (const char* const number : {
           "0",
           "-0",
           "1",
           "-1",
           "10",
           "0.0",
           "-0.0",
           "0.5",
           "1.25",
           "1e5",
           "1E5",
           "1e+5",
           "1e-5",
           "1.5e00",
           "0e0",
           "-0e-0",
           "1e999",
           "-1e999",
           "1e-999",
           "1e99999999999999999999",
           "123456789012345678901234567890",
           "-123456789012345678901234567890",
           "9007199254740993",
           "18446744073709551616",
           "9223372036854775808",
           "-9223372036854775809",
           "0.1000000000000000055511151231257827021181583404541015625",
           "1.7976931348623159e308",
       }) {
    for (const Field field : {Field::price, Field::quantity, Field::event_id, Field::event_time}) {
      const ReadRecord record(format(R"({{"{}":{}}})", to_string(field), number));
      ASSERT_TRUE(record.accepted()) << number;
      EXPECT_EQ(record.kind(field), Kind::json);
      EXPECT_EQ(record.text(field), number);
    }
    EXPECT_TRUE(accepts(format(R"({{"note":{}}})", number))) << number;
    EXPECT_TRUE(accepts(format("{{\"note\": \t{} \r\n}}", number))) << number;
    EXPECT_TRUE(accepts(format(R"({{"note":[{},{{"k":{}}}]}})", number, number))) << number;
  }
}

TEST(RecordReader, refuses_what_only_looks_like_a_number) {
  for (const char* const number : {
           "01",       "00",    "-01",  "-00",          "0123", "1.",       "-1.",       ".5",   "-.5",   "-",
           "--1",      "+1",    "+0",   "1e",           "1E",   "1e+",      "1e-",       "1.e5", ".e5",   "1e1.5",
           "1e5e5",    "1.2.3", "1..2", "0x10",         "0b1",  "0o7",      "1f",        "1L",   "1_000", "1 000",
           "1-",       "1+1",   "1-1",  "e5",           "E",    "Infinity", "-Infinity", "inf",  "NaN",   "nan",
           "-nan",     "1e5\f", "1\v",  "\xEF\xBC\x91",  // a full-width 1
           "\xD9\xA1",                                   // an Arabic-Indic 1
       }) {
    EXPECT_FALSE(accepts(format(R"({{"price":{}}})", number))) << number;
    EXPECT_FALSE(accepts(format(R"({{"note":{}}})", number))) << number;
    EXPECT_FALSE(accepts(format(R"({{"note":[{}]}})", number))) << number;
    EXPECT_FALSE(accepts(format(R"({{"note":{{"k":{}}}}})", number))) << number;
  }
  EXPECT_FALSE(accepts(std::string_view("{\"note\":1\0}", 11)));
}

TEST(RecordReader, takes_the_three_literals_and_nothing_like_them) {
  for (const char* const literal : {"true", "false", "null"}) {
    EXPECT_TRUE(accepts(format(R"({{"note":{}}})", literal))) << literal;
    EXPECT_TRUE(accepts(format(R"({{"note":[{},{{"k": {} }}]}})", literal, literal))) << literal;
  }
  for (const char* const word :
       {"tru",  "fals",  "nul",   "truex",  "falsex",   "nullx",    "True",   "False",   "Null", "TRUE",
        "nULL", "t",     "f",     "n",      "ttrue",    "true0",    "null1",  "nil",     "None", "undefined",
        "yes",  "tr ue", "true:", "null\f", "true\x7f", "\xC3\xA9", "null\\", "true\x1a"}) {
    EXPECT_FALSE(accepts(format(R"({{"price":{}}})", word))) << word;
    EXPECT_FALSE(accepts(format(R"({{"note":{}}})", word))) << word;
    EXPECT_FALSE(accepts(format(R"({{"note":[{}]}})", word))) << word;
    EXPECT_FALSE(accepts(format(R"({{"note":{{"k":{}}}}})", word))) << word;
  }
}

TEST(RecordReader, gives_each_known_field_with_its_kind) {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    const auto read = [field](std::string_view value) {
      return ReadRecord(format("{{\"other\":0, \"{}\" : {} \n}}", to_string(field), value));
    };
    const auto expect = [&](std::string_view value, Kind kind, std::string_view text) {
      const ReadRecord record = read(value);
      ASSERT_TRUE(record.accepted()) << value;
      EXPECT_EQ(record.kind(field), kind) << value;
      if (kind != Kind::null) {
        EXPECT_EQ(record.text(field), text) << value;
      }
      for (std::size_t other = 0; other < kFieldCount; ++other) {
        EXPECT_TRUE(other == i || record.kind(static_cast<Field>(other)) == Kind::absent);
      }
    };
    expect("null", Kind::null, "");
    expect(R"("")", Kind::string, "");
    expect(R"("text")", Kind::string, "text");
    expect(R"("null")", Kind::string, "null");
    expect(R"("\u00e9\n\\")", Kind::string, "\xC3\xA9\n\\");
    expect("true", Kind::json, "true");
    expect("false", Kind::json, "false");
    expect("-1.50E+3", Kind::json, "-1.50E+3");
    expect("{}", Kind::json, "{}");
    expect("[]", Kind::json, "[]");
    expect(R"([ 1 , "a\u0041" ])", Kind::json, R"([ 1 , "a\u0041" ])");
    expect(R"({ "a" : { "b" : [ ] } })", Kind::json, R"({ "a" : { "b" : [ ] } })");
  }
}

TEST(RecordReader, compares_keys_after_unescaping) {
  const ReadRecord record(R"({"\u0070rice":"1","product\u005fid":"P","\u0065\u0076\u0065\u006e\u0074_id":5})");
  ASSERT_TRUE(record.accepted());
  EXPECT_EQ(record.text(Field::price), "1");
  EXPECT_EQ(record.text(Field::product_id), "P");
  EXPECT_EQ(record.text(Field::event_id), "5");
  EXPECT_EQ(record.extra(), R"({"\u0065\u0076\u0065\u006e\u0074_id":5})");
}

TEST(RecordReader, takes_no_similar_key_for_a_known_one) {
  for (const char* const key : {
           "Price",        "PRICE",        "price ",     " price",     "prices",     "pric",       "xrice",
           "price\\u0000", "pr\\u200bice", "user_ids",   "userid",     "user-id",    "User_id",    "uuser_id",
           "qqqqqqqq",     "cccccccc",     "eeeeeeee",   "oooooooo",   "caaaaaaa",   "currencx",   "categorx",
           "quantitx",     "event_ix",     "order_ix",   "xxxxxxxx",   "event_tixx", "event_tyxx", "eeeeeeeeee",
           "pppppppppp",   "ssssssssss",   "product_ix", "session_ix", "xxxxxxxxxx", "",           "event",
           "event_time.",  "event_typ",
       }) {
    const ReadRecord record(format(R"({{"{}":"x"}})", key));
    ASSERT_TRUE(record.accepted()) << key;
    for (std::size_t i = 0; i < kFieldCount; ++i) {
      EXPECT_EQ(record.kind(static_cast<Field>(i)), Kind::absent) << key << to_string(static_cast<Field>(i));
    }
    EXPECT_EQ(record.extra(), format(R"({{"{}":"x"}})", key));
  }
}

TEST(RecordReader, refuses_a_known_field_twice) {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const std::string name(to_string(static_cast<Field>(i)));
    const std::string escaped = format("\\u{:04x}{}", static_cast<unsigned>(name[0]), name.substr(1));
    for (const char* const first : {"1", "\"\"", "null", "{}"}) {
      EXPECT_FALSE(accepts(format(R"({{"{}":{},"{}":1}})", name, first, name))) << name;
      EXPECT_FALSE(accepts(format(R"({{"{}":1,"x":2,"{}":{}}})", name, escaped, first))) << name;
      EXPECT_FALSE(accepts(format(R"({{"{}":{},"{}":null}})", escaped, first, name))) << name;
      EXPECT_FALSE(accepts(format(R"({{"{}":{},"{}":null}})", escaped, first, escaped))) << name;
    }
    EXPECT_TRUE(accepts(format(R"({{"{}":{{"{}":1,"{}":2}}}})", name, name, name))) << "inside it is no known field";
  }
}

TEST(RecordReader, allows_an_unknown_field_twice_and_keeps_both) {
  const ReadRecord record(R"({"note":1,"price":2,"note":1,"n\u006fte":3})");
  ASSERT_TRUE(record.accepted());
  EXPECT_EQ(record.extra(), R"({"note":1,"note":1,"n\u006fte":3})");
}

TEST(RecordReader, keeps_all_but_the_seven_columns_of_bronze_as_they_stand) {
  const ReadRecord record(example_with({{"event_id", R"("E\u0031")"},
                                        {"order_id", "4711"},
                                        {"session_id", "null"},
                                        {"currency", R"( "EUR" )"},
                                        {"big", "1e999"},
                                        {"n\\u006fte\\\"", R"({ "a" : [ 1 , 2 ] })"},
                                        {"", "[]"},
                                        {"last", "true"}}));
  ASSERT_TRUE(record.accepted());
  EXPECT_EQ(record.extra(), R"({"event_id":"E\u0031","order_id":4711,"session_id":null,"currency":"EUR","big":1e999,)"
                            R"("n\u006fte\"":{ "a" : [ 1 , 2 ] },"":[],"last":true})");
  EXPECT_EQ(record.text(Field::event_id), "E1");
  EXPECT_EQ(record.kind(Field::session_id), Kind::null);
}

TEST(RecordReader, has_no_extra_where_there_are_only_columns_of_bronze) {
  EXPECT_EQ(ReadRecord("{}").extra(), "");
  EXPECT_EQ(ReadRecord(example_with({})).extra(), "");
}

TEST(RecordReader, keeps_texts_of_earlier_records_while_the_arena_lives) {
  RecordReader reader;
  Arena arena;
  std::vector<PaddedRecord> records;
  std::vector<RecordFields> fields(2'000);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    records.emplace_back(format(R"({{"user_id":"\u0055{}","note":"{}"}})", i, std::string(i % 100, 'x')));
    ASSERT_TRUE(reader.read(records.back().bytes(), arena, fields[i]));
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    EXPECT_EQ(fields[i].known[static_cast<std::size_t>(Field::user_id)].text, format("U{}", i));
    EXPECT_EQ(fields[i].extra, format(R"({{"note":"{}"}})", std::string(i % 100, 'x')));
  }
}

TEST(RecordReader, reads_records_of_all_sizes_one_after_the_other_also_behind_malformed_ones) {
  RecordReader reader;
  Arena arena;
  for (const std::size_t size : {0, 1, 62, 63, 64, 65, 5'000, 1'000'000, 3, 1'048'000, 10}) {
    RecordFields fields;
    const std::string text(size, 'x');
    ASSERT_TRUE(
        reader.read(PaddedRecord(format(R"({{"note":"\n{}","user_id":"{}"}})", text, size)).bytes(), arena, fields));
    EXPECT_EQ(fields.extra.size(), size + 13);
    EXPECT_FALSE(reader.read(PaddedRecord(format(R"({{"note":"{})", text)).bytes(), arena, fields));
    EXPECT_FALSE(reader.read(PaddedRecord(format(R"({{"note":[[["{}"]]}})", text)).bytes(), arena, fields));
  }
}

}  // namespace
}  // namespace millrace
