using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;

namespace SharpRunc.Tests.Support;

/// <summary>
/// Makes configs that are almost right: bytes that are not JSON any more, and JSON whose members are gone, there twice, of another type, or
/// from another config. Everything is cut and pasted as bytes, so that a mutant costs microseconds.
/// </summary>
/// <param name="values">JSON that takes the place of what was there; none: values that stand at an edge of something.</param>
/// <param name="scratches">Also bytes that are no JSON any more.</param>
internal sealed class Mutator(string[]? values = null, bool scratches = true)
{
    private static readonly string[] Edges =
    [
        "null", "true", "false", "{}", "[]", "0", "-1", "1", "-2", "1.5", "1e3", "1E400", "-0", "4294967294", "4294967295", "4294967296",
            "2147483648", "9223372036854775807",
        "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "\"\"", "\"/\"", "\"..\"",
            "\"../..\"", "\"/proc\"", "\"/proc/self\"", "\"/dev\"", "\"/sys/fs/cgroup\"",
        "\"a\\u0000b\"", "\"\\ud800\"", "\"\\n\"", "\"é\"", "\"1\"", "\"-1\"", "\"0-3\"", "\"/proc/1/ns/net\"", "\"bind\"", "\"rbind\"",
            "\"idmap\"", "\"ro\"", "\"tmpcopyup\"", "\"proc\"", "\"cgroup\"", "\"host\"", "[null]",
        "[{}]", "[[]]", "[\"\"]", "{\"\":\"\"}", "{\"type\":\"user\"}", "[{\"type\":\"pid\"},{\"type\":\"pid\"}]", "\"SCMP_ACT_NOTIFY\"",
            "\"SCMP_ARCH_S390X\"", "\"SCHED_DEADLINE\"", "\"RLIMIT_NOFILE\"", "\"CAP_BOGUS\"",
    ];

    private static readonly string[] Spices = ["\"", "\\u0000", "null", "-1", "{", "}", "]", "[", "18446744073709551616", "\\ud800",
        "\u00FF", "1e9", "..", "\0", ",", ":", "\\", "/*", "\u00EF\u00BB\u00BF", "\t", "\n"];

    private readonly List<(byte[] Json, List<Span> Spans)> originals = [];

    /// <param name="Member">From the name's quotation mark on; the same as Value in an array.</param>
    private readonly record struct Span(int Member, int Value, int End)
    {
        public bool IsNamed => Member != Value;
    }

    public int Count => originals.Count;

    public void Add(byte[] json) => originals.Add((json, SpansOf(json)));

    public byte[] Mutant(Dice dice)
    {
        (byte[] json, List<Span> spans) = originals[dice.Below(originals.Count)];
        List<byte> bytes = [.. json];
        if (scratches && dice.Once(4))
        {
            for (int edits = 1 + dice.Below(4); edits > 0 && bytes.Count > 1; edits--)
                Scratch(dice, bytes);
            return [.. bytes];
        }
        // From the end to the beginning: the places of what comes before stay true.
        int last = bytes.Count;
        for (int edits = 1 + dice.Below(3); edits > 0; edits--)
        {
            Span span = spans[dice.Below(spans.Count)];
            if (span.End > last)
                continue;
            last = span.Member;
            Replace(dice, bytes, span);
        }
        return [.. bytes];
    }

    private void Replace(Dice dice, List<byte> bytes, Span span)
    {
        List<byte> member = bytes.GetRange(span.Member, span.End - span.Member);
        switch (dice.Below(6))
        {
            case 0:
                Cut(bytes, span);
                break;
            case 1:
                bytes.InsertRange(span.End, [(byte)',', .. member]);
                break;
            case 2:
                Put(bytes, span, Foreign(dice));
                break;
            case 3 when span.IsNamed:
                // A name that nobody knows: what it held is not there any more.
                bytes.Insert(span.Member + 1, (byte)"xX_ "[dice.Below(4)]);
                break;
            default:
                Put(bytes, span, Encoding.UTF8.GetBytes(dice.Once(8) ? dice.Number().ToString() : dice.Of(values ?? Edges)));
                break;
        }
    }

    /// <summary>Any value of any config.</summary>
    private byte[] Foreign(Dice dice)
    {
        (byte[] json, List<Span> spans) = originals[dice.Below(originals.Count)];
        Span span = spans[dice.Below(spans.Count)];
        return json[span.Value..span.End];
    }

    private static void Put(List<byte> bytes, Span span, byte[] value)
    {
        bytes.RemoveRange(span.Value, span.End - span.Value);
        bytes.InsertRange(span.Value, value);
    }

    /// <summary>With the comma on one side of it.</summary>
    private static void Cut(List<byte> bytes, Span span)
    {
        int from = span.Member, to = span.End;
        while (from > 0 && bytes[from - 1] is (byte)' ' or (byte)'\n' or (byte)'\t')
            from--;
        if (from > 0 && bytes[from - 1] == ',')
            from--;
        else
            for (; to < bytes.Count && bytes[to] is (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)','; to++)
                if (bytes[to] == ',')
                {
                    to++;
                    break;
                }
        bytes.RemoveRange(from, to - from);
    }

    private void Scratch(Dice dice, List<byte> bytes)
    {
        int at = dice.Below(bytes.Count), length = Math.Min(1 + dice.Below(40), bytes.Count - at);
        switch (dice.Below(8))
        {
            case 0: bytes[at] = (byte)dice.Below(256); break;
            case 1: bytes[at] ^= (byte)(1 << dice.Below(8)); break;
            case 2: bytes.RemoveRange(at, length); break;
            case 3: bytes.InsertRange(dice.Below(bytes.Count), bytes.GetRange(at, length)); break;
            case 4 when dice.Once(6): bytes.RemoveRange(at, bytes.Count - at); break;
            case 5:
                byte[] other = originals[dice.Below(originals.Count)].Json;
                int from = dice.Below(other.Length);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + 1 + dice.Below(200))]);
                break;
            default: bytes.InsertRange(at, Encoding.Latin1.GetBytes(dice.Of(Spices))); break;
        }
    }

    /// <summary>Every member of every object and every item of every array.</summary>
    private static List<Span> SpansOf(byte[] json)
    {
        List<Span> spans = [];
        Stack<(int Member, int Value)> open = new();
        Utf8JsonReader reader = new(json);
        int member = -1;
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex, end = (int)reader.BytesConsumed;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    member = start;
                    continue;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    open.Push((member < 0 ? start : member, start));
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    (int first, int value) = open.Pop();
                    if (open.Count > 0)
                        spans.Add(new(first, value, end));
                    break;
                default:
                    spans.Add(new(member < 0 ? start : member, start, end));
                    break;
            }
            member = -1;
        }
        return spans;
    }
}
