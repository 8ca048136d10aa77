using System;
using System.Collections.Generic;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Criu;

namespace SharpRunc.Tests.Criu;

// The bytes are those of protobuf.dev/programming-guides/encoding and of criu's images/rpc.proto, written by hand.
internal sealed class ProtoTests
{
    [TestCase(1, 150, "089601")]
    [TestCase(1, 0, "0800")]
    [TestCase(2, 127, "107F")]
    [TestCase(2, 128, "108001")]
    [TestCase(16, 1, "800101")]
    [TestCase(63, 1, "F80301")]
    [TestCase(1, -1, "08FFFFFFFFFFFFFFFFFF01")]
    [TestCase(38, 0x40000000, "B0028080808004")]
    public void A_number_is_a_varint(int field, long value, string bytes)
    {
        ProtoWriter writer = new();
        writer.Number(field, value);
        Assert.That(Convert.ToHexString(writer.Written), Is.EqualTo(bytes));
        ProtoReader reader = new(writer.Written);
        Assert.That(reader.Next());
        Assert.That((reader.Field, reader.Number), Is.EqualTo((field, value)));
        Assert.That(reader.Next(), Is.False);
    }

    [TestCase(2, "testing", "120774657374696E67")]
    [TestCase(2, "", "1200")]
    [TestCase(10, "ä", "5202C3A4")]
    public void A_text_has_its_length_before_it(int field, string text, string bytes)
    {
        ProtoWriter writer = new();
        writer.Text(field, text);
        Assert.That(Convert.ToHexString(writer.Written), Is.EqualTo(bytes));
        ProtoReader reader = new(writer.Written);
        Assert.That(reader.Next());
        Assert.That((reader.Field, reader.Text), Is.EqualTo((field, text)));
    }

    [Test]
    public void A_long_text_is_written_whole()
    {
        ProtoWriter inner = new(), writer = new();
        string text = new('x', 100_000);
        inner.Text(1, text);
        writer.Message(5, inner);
        ProtoReader reader = new(writer.Written);
        Assert.That(reader.Next());
        ProtoReader nested = new(reader.Bytes);
        Assert.That(nested.Next());
        Assert.That(nested.Text, Is.EqualTo(text));
    }

    [Test]
    public void Fields_of_other_wire_types_are_passed_over()
    {
        // 1: fixed32, 2: fixed64, 3: varint
        ProtoReader reader = new(Convert.FromHexString("0D01020304" + "110102030405060708" + "1807"));
        List<(int, long)> seen = [];
        while (reader.Next())
            seen.Add((reader.Field, reader.Number));
        Assert.That(seen, Is.EqualTo(new[] { (1, 0L), (2, 0L), (3, 7L) }));
    }

    [TestCase("08", TestName = "A key without a value")]
    [TestCase("0880", TestName = "An unfinished varint")]
    [TestCase("08FFFFFFFFFFFFFFFFFFFFFF01", TestName = "A varint of eleven bytes")]
    [TestCase("120774657374", TestName = "A text that is shorter than it says")]
    [TestCase("12FFFFFFFFFFFFFFFFFF0174", TestName = "A text of many exabytes")]
    [TestCase("0001", TestName = "Field number 0")]
    [TestCase("0B", TestName = "A group, which protobuf has given up")]
    [TestCase("0D0102", TestName = "Half a fixed32")]
    [TestCase("68656C6C6F20776F726C64", TestName = "Text where a message should be")]
    public void What_is_no_message_is_an_error(string bytes)
        => Assert.That(() =>
        {
            ProtoReader reader = new(Convert.FromHexString(bytes));
            while (reader.Next())
            {
            }
        }, Throws.InstanceOf<ContainerException>().With.Message.Contains("criu"));

    [Test]
    public void Options_are_sent_in_the_order_they_were_set()
    {
        CriuOptions options = new();
        options.Set(CriuOption.ImagesDirFd, 4);
        options.Set(CriuOption.LeaveRunning, true);
        options.Set(CriuOption.ShellJob, false);
        options.Set(CriuOption.LogFile, "dump.log");
        options.Set(CriuOption.ParentImg, null);
        options.Set(CriuOption.LsmProfile, "");
        options.Add(CriuOption.ExtMnt, "/a", "/b");
        options.Add(CriuOption.InheritFd, "pipe:[7]", 6);
        options.Add(CriuOption.CgRoot, "", "/c");
        Assert.That(Convert.ToHexString(options.Write().Written), Is.EqualTo(
            "0804" + "1801" + "3800" + "5208" + Hex("dump.log")
            + "BA0108" + "0A02" + Hex("/a") + "1202" + Hex("/b")
            + "DA010C" + "0A08" + Hex("pipe:[7]") + "1006"
            + "CA0106" + "0A00" + "1202" + Hex("/c")));
        Assert.That(options.Settings.ConvertAll(s => s.ToString()), Is.EqualTo(new[]
        {
            "ImagesDirFd 4", "LeaveRunning 1", "ShellJob 0", "LogFile dump.log", "ExtMnt /a /b", "InheritFd pipe:[7] 6", "CgRoot  /c",
        }));
    }

    [Test]
    public void A_notification_is_read()
    {
        // type NOTIFY, success, notify { script, pid }, and a field of a later criu
        byte[] message = Convert.FromHexString("0806" + "1001" + "2A13" + "0A0C" + Hex("post-restore") + "10D20F" + "1801" + "A00601");
        CriuResponse response = CriuResponse.Read(message, null);
        Assert.That((response.Type, response.Success, response.Script, response.Pid),
            Is.EqualTo((CriuRequest.Notify, true, "post-restore", 2002)));
    }

    [Test]
    public void A_failure_is_read()
    {
        byte[] message = Convert.FromHexString("0801" + "1000" + "3834" + "4A03" + Hex("why"));
        CriuResponse response = CriuResponse.Read(message, null);
        Assert.That((response.Type, response.Success, response.Errno, response.ErrorMessage),
            Is.EqualTo((CriuRequest.Dump, false, 52, "why")));
    }

    [TestCase("0804" + "1001" + "2001", 40101)]
    [TestCase("0803" + "1010", 31600)]
    public void The_version_is_read(string version, int number)
        => Assert.That(CriuResponse.Read(Convert.FromHexString("080A" + "1001" + "52" + (version.Length / 2).ToString("X2") + version),
            null).Version, Is.EqualTo(number));

    [Test]
    public void Features_are_read()
        => Assert.That(CriuResponse.Read(Convert.FromHexString("0809" + "1001" + "4204" + "0801" + "1000"), null).Features,
            Is.EqualTo(1 << (int)CriuFeature.MemTrack));

    [Test]
    public void Of_a_log_the_last_errors_are_quoted()
    {
        const string log = """
            (00.01) Error (criu/util.c:1): first
            (00.02) fine
            (00.03) Error (criu/a.c:1): second
            (00.04) Error (criu/b.c:2): third
            (00.05) Error (criu/cr-dump.c:3): Dumping FAILED.
            """;
        Assert.That(CriuLog.Errors(log),
            Is.EqualTo(new[] { "Error (criu/a.c:1): second", "Error (criu/b.c:2): third", "Error (criu/cr-dump.c:3): Dumping FAILED." }));
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));
}
