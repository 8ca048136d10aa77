using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

/// <summary>Whatever the bytes, the answer is a config or an error that says where.</summary>
internal sealed class HostileConfigTests
{
    private const string Head = "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},";

    /// <summary>
    /// Pointer → the document behind <see cref="Head"/>. What is no JSON at all is pointed at by the last property before it.
    /// </summary>
    private static IEnumerable<TestCaseData> Malformed()
    {
        (string Pointer, string Json)[] cases =
        [
            ("", "}"), ("", ""), ("", "\"x\""), ("/x", "\"x\":"), ("/x", "\"x\":1"), ("", "\"x\":1,}"),
                ("/x", "\"x\":01}"), ("/x", "\"x\":+1}"),
            ("/x", "\"x\":1e}"), ("/x", "\"x\":NaN}"), ("/x", "\"x\":tru}"), ("/x", "\"x\":'a'}"), ("/x", "\"x\":\"a}"),
                ("/x", "\"x\":\"\\x\"}"),
            ("/x", "\"x\":\"\t\"}"), ("/x", "\"x\":\"\\u00g0\"}"), ("/x", "\"x\":[1,]}"), ("/x", "\"x\":[1}"),
                ("", "\"x\":1 /* c */}"), ("", "\"x\":1}}"),
            ("", "\"x\":1}x"), ("", "\"x\":1}{}"), ("", "x:1}"), ("/x", "\"x\":\"\\ud800\"}"), ("/x", "\"x\":\"a\\u0000\"}"),
                ("/x/y", "\"x\":{\"y\":\"\\u0000\"}}"),
            ("/root", "\"root\":{\"path\":\"r\"}}"), ("/ociVersion", "\"ociVersion\":\"1.0.0\"}"), ("/root", "\"ro\\u006ft\":{}}"),
                ("/x/a", "\"x\":{\"a\":1,\"a\":2}}"),
            ("/annotations/a", "\"annotations\":{\"a\":\"1\",\"a\":\"2\"}}"), ("/x/0/b", "\"x\":[{\"b\":1,\"\\u0062\":1}]}"),
            ("/process", "\"process\":[]}"), ("/process", "\"process\":\"sh\"}"), ("/process", "\"process\":true}"),
                ("/process/cwd", "\"process\":{\"cwd\":1}}"),
            ("/process/args", "\"process\":{\"args\":\"sh\"}}"), ("/process/args/1", "\"process\":{\"args\":[\"a\",1]}}"),
            ("/process/args/0", "\"process\":{\"args\":[null]}}"), ("/process/env/0", "\"process\":{\"env\":[\"A=\\u0000\"]}}"),
                ("/process/terminal", "\"process\":{\"terminal\":\"true\"}}"),
            ("/process/terminal", "\"process\":{\"terminal\":1}}"), ("/process/user/uid", "\"process\":{\"user\":{\"uid\":-1}}}"),
            ("/process/user/uid", "\"process\":{\"user\":{\"uid\":4294967295}}}"),
                ("/process/user/gid", "\"process\":{\"user\":{\"gid\":4294967296}}}"),
            ("/process/user/uid", "\"process\":{\"user\":{\"uid\":18446744073709551616}}}"),
                ("/process/user/uid", "\"process\":{\"user\":{\"uid\":\"0\"}}}"),
            ("/process/user/uid", "\"process\":{\"user\":{\"uid\":1.0}}}"), ("/process/user/uid", "\"process\":{\"user\":{\"uid\":1e3}}}"),
            ("/process/user/additionalGids/1", "\"process\":{\"user\":{\"additionalGids\":[1,4294967295]}}}"),
                ("/process/user/umask", "\"process\":{\"user\":{\"umask\":-1}}}"),
            ("/process/rlimits/0", "\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1}]}}"),
                ("/process/rlimits/0/hard", "\"process\":{\"rlimits\":[{\"hard\":-1}]}}"),
            ("/process/rlimits/0/soft", "\"process\":{\"rlimits\":[{\"soft\":18446744073709551616}]}}"),
                ("/process/oomScoreAdj", "\"process\":{\"oomScoreAdj\":2147483648}}"),
            ("/process/consoleSize", "\"process\":{\"consoleSize\":{\"height\":1}}}"),
                ("/process/ioPriority", "\"process\":{\"ioPriority\":{\"priority\":1}}}"),
            ("/process/capabilities", "\"process\":{\"capabilities\":[\"CAP_KILL\"]}}"),
                ("/process/capabilities/bounding/0", "\"process\":{\"capabilities\":{\"bounding\":[7]}}}"),
            ("/hooks/prestart/0", "\"hooks\":{\"prestart\":[{}]}}"), ("/hooks/prestart", "\"hooks\":{\"prestart\":{}}}"),
                ("/hooks/poststop/0/timeout", "\"hooks\":{\"poststop\":[{\"timeout\":1.5}]}}"),
            ("/mounts/0", "\"mounts\":[{}]}"), ("/mounts/0", "\"mounts\":[null]}"),
                ("/mounts/0/options", "\"mounts\":[{\"options\":\"ro\"}]}"),
                    ("/mounts/0/destination", "\"mounts\":[{\"destination\":[]}]}"),
            ("/mounts", "\"mounts\":{}}"), ("/annotations/a", "\"annotations\":{\"a\":1}}"),
                ("/annotations/a", "\"annotations\":{\"a\":null}}"), ("/hostname", "\"hostname\":[\"h\"]}"),
            ("/linux/namespaces/0/type", "\"linux\":{\"namespaces\":[{\"type\":\"net\"}]}}"),
                ("/linux/namespaces/0/type", "\"linux\":{\"namespaces\":[{\"type\":\"PID\"}]}}"),
            ("/linux/namespaces/0", "\"linux\":{\"namespaces\":[{\"path\":\"/x\"}]}}"),
                ("/linux/namespaces/0", "\"linux\":{\"namespaces\":[\"pid\"]}}"),
            ("/linux/uidMappings/0", "\"linux\":{\"uidMappings\":[{\"containerID\":0,\"size\":1}]}}"),
                ("/linux/gidMappings/0/hostID", "\"linux\":{\"gidMappings\":[{\"hostID\":4294967295}]}}"),
            ("/linux/devices/0/type", "\"linux\":{\"devices\":[{\"type\":\"x\"}]}}"),
                ("/linux/devices/0", "\"linux\":{\"devices\":[{\"type\":\"c\",\"path\":\"/d\"}]}}"),
            ("/linux/sysctl/a.b", "\"linux\":{\"sysctl\":{\"a.b\":1}}}"),
                ("/linux/cgroupsPath", "\"linux\":{\"cgroupsPath\":\"/a\\u0000b\"}}"),
                    ("/linux/maskedPaths/0", "\"linux\":{\"maskedPaths\":[{}]}}"),
            ("/linux/resources/devices/0", "\"linux\":{\"resources\":{\"devices\":[{}]}}}"),
                ("/linux/resources/devices/0/type", "\"linux\":{\"resources\":{\"devices\":[{\"type\":\"d\"}]}}}"),
            ("/linux/resources/devices/0/major", "\"linux\":{\"resources\":{\"devices\":[{\"major\":-2}]}}}"),
                ("/linux/resources/memory/limit", "\"linux\":{\"resources\":{\"memory\":{\"limit\":\"1g\"}}}}"),
            ("/linux/resources/memory/limit", "\"linux\":{\"resources\":{\"memory\":{\"limit\":9223372036854775808}}}}"),
                ("/linux/resources/cpu/shares", "\"linux\":{\"resources\":{\"cpu\":{\"shares\":-1}}}}"),
            ("/linux/resources/blockIO/weight", "\"linux\":{\"resources\":{\"blockIO\":{\"weight\":65536}}}}"),
                ("/linux/resources/hugepageLimits/0", "\"linux\":{\"resources\":{\"hugepageLimits\":[{\"limit\":1}]}}}"),
            ("/linux/resources/network/classID", "\"linux\":{\"resources\":{\"network\":{\"classID\":4294967296}}}}"),
                ("/linux/resources/rdma/m", "\"linux\":{\"resources\":{\"rdma\":{\"m\":1}}}}"),
            ("/linux/seccomp/syscalls/0", "\"linux\":{\"seccomp\":{\"syscalls\":[{\"action\":\"x\"}]}}}"),
                ("/linux/seccomp/syscalls/0/args/0", "\"linux\":{\"seccomp\":{\"syscalls\":[{\"args\":[{\"index\":0}]}]}}}"),
            ("/linux/seccomp/syscalls/0/errnoRet", "\"linux\":{\"seccomp\":{\"syscalls\":[{\"errnoRet\":-1}]}}}"),
                ("/linux/personality", "\"linux\":{\"personality\":{}}}"),
            ("/linux/memoryPolicy", "\"linux\":{\"memoryPolicy\":{}}}"),
                ("/linux/timeOffsets/boottime/nanosecs", "\"linux\":{\"timeOffsets\":{\"boottime\":{\"nanosecs\":-1}}}}"),
        ];
        foreach ((string pointer, string json) in cases)
            yield return new TestCaseData(json, pointer).SetArgDisplayNames(json.Length == 0 ? "(nothing)" : json);
    }

    [TestCaseSource(nameof(Malformed))]
    [Must("annotations.values"), Must("extensibility.invalid")]
    public void A_malformed_config_is_refused_with_its_place(string json, string pointer)
    {
        ContainerException e = Assert.Throws<ContainerException>(() => ConfigReader.Read(Encoding.UTF8.GetBytes(Head + json)))!;
        Assert.That((e.Pointer, e.Message), Is.EqualTo((pointer, e.Message)));
        Assert.That(e.Message, Does.Match("^config.json:1:[0-9]+: "));
        Assert.That(e.Message, Has.Length.LessThan(400));
    }

    [TestCase(""), TestCase(" \n"), TestCase("null"), TestCase("[]"), TestCase("3"), TestCase("\"x\""), TestCase("{}"), TestCase("{]"),
        TestCase("\uFEFF{}"), TestCase("\0"), TestCase("{\"ociVersion\":null}")]
    public void A_document_that_is_no_config_is_refused(string json)
    {
        ContainerException e = Assert.Throws<ContainerException>(() => ConfigReader.Read(Encoding.UTF8.GetBytes(json)))!;
        Assert.That(e.Message, Does.Match("^config.json:[12]:[0-9]+: "));
    }

    [Test]
    public void Invalid_UTF_8_is_refused_where_it_begins()
    {
        byte[] json = [.. Encoding.UTF8.GetBytes(Head + "\n\"hostname\":\"é"), 0xC3, .. "\"}"u8];
        ContainerException e = Assert.Throws<ContainerException>(() => ConfigReader.Read(json))!;
        Assert.That(e.Message, Is.EqualTo("config.json:2:14: /hostname: not valid UTF-8"));
    }

    [Test]
    public void Random_edits_of_real_configs_yield_a_config_or_an_error_and_nothing_else()
    {
        Random random = new(20261121);
        string[] files = SampleFiles.Bundles;
        byte[][] originals = Array.ConvertAll(files, SampleFiles.Read);
        Stopwatch clock = Stopwatch.StartNew();
        int read = 0, refused = 0;
        for (int i = 0; i < 20_000 && clock.ElapsedMilliseconds < 10_000; i++)
        {
            byte[] mutant = Mutate(random, originals[random.Next(originals.Length)]);
            try
            {
                Config config = ConfigReader.Read(mutant);
                ConfigRules.Check(config, new ValidationContext());
                read++;
            }
            catch (ContainerException e) when (e.Pointer != null)
            {
                refused++;
            }
        }
        TestContext.Out.WriteLine($"{read} read, {refused} refused in {clock.ElapsedMilliseconds} ms");
        Assert.That(read, Is.Positive);
        Assert.That(refused, Is.GreaterThan(1000));
    }

    /// <summary>
    /// One to four edits: another byte, a byte less, a piece repeated, a piece cut out, the end cut off, a piece of hostile text.
    /// </summary>
    private static byte[] Mutate(Random random, byte[] original)
    {
        string[] spices = ["\"", "\\u0000", "null", "-1", "{", "]", "18446744073709551616", "\\ud800", "\xFF", "1e9", "..", "\0", ",", ":"];
        List<byte> bytes = [.. original];
        for (int edits = random.Next(1, 5); edits > 0 && bytes.Count > 1; edits--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveAt(at); break;
                case 2: bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length)); break;
                case 3: bytes.RemoveRange(at, length); break;
                case 4 when random.Next(8) == 0: bytes.RemoveRange(at, bytes.Count - at); break;
                default: bytes.InsertRange(at, Encoding.Latin1.GetBytes(spices[random.Next(spices.Length)])); break;
            }
        }
        return [.. bytes];
    }
}
