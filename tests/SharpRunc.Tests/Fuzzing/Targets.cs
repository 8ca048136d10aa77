using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Commands;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Criu;
using SharpRunc.Core.Init;
using SharpRunc.Core.Network;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;
using SharpRunc.Linux.DBus;
using SharpRunc.Parsing;
using SharpRunc.Tests.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Fuzzing;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Whatever comes from outside, a row a reader.</summary>
internal static class Targets
{
    public static FuzzTarget[] All =>
    [
        new("config", ReadConfig, typeof(ContainerException)) { IsJson = true, Samples = SampleFiles.Bundles },
        new("seccomp", ReadConfig, typeof(ContainerException)) { IsJson = true },
        new("state", ReadState, typeof(StateFormatException)) { IsJson = true },
        new("criu", ReadCriu, typeof(ContainerException)),
        new("dbus", ReadDBus, typeof(FormatException)),
        new("netlink", ReadNetlink, typeof(SysException)),
        new("passwd", ReadPasswd),
        new("mountinfo", ReadMountInfo),
        new("cgroup", ReadCgroup),
        new("report", ReadReport),
        new("argv", ReadArguments, typeof(UsageException)),
    ];

    private static void ReadConfig(byte[] bytes)
    {
        Config config = ConfigReader.Read(bytes);
        ConfigRules.Check(config, new ValidationContext());
        SeccompCompiler.Compile(config.Linux.Seccomp);
        CgroupPlan.From(config.Linux.Resources, Cgroups.Layouts.V2, config.Linux.Devices);
    }

    /// <summary>What was read, written again, has as many members and items as the file.</summary>
    private static void ReadState(byte[] bytes)
    {
        ContainerState state = StateFile.Read(bytes);
        JsonObject written = (JsonObject)JsonNode.Parse(StateFile.Write(state).Span)!;
        Dictionary<string, int> given;
        try
        {
            given = Counts((JsonObject)JsonNode.Parse(bytes)!);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return; // a name is there twice, or is none
        }
        Dictionary<string, int> again = Counts(written);
        foreach ((string name, int count) in given)
            if (again.TryGetValue(name, out int kept))
                Assert.That(kept, Is.EqualTo(count), name);
    }

    /// <summary>How many each list and object has.</summary>
    private static Dictionary<string, int> Counts(JsonObject state)
    {
        Dictionary<string, int> counts = [];
        foreach ((string name, JsonNode? value) in state)
            if (value is JsonArray list)
                counts[name] = list.Count;
            else if (value is JsonObject members)
                counts[name] = members.Count;
        return counts;
    }

    private static void ReadCriu(byte[] bytes)
    {
        CriuLog.Errors(KernelText.Decode(bytes));
        CriuResponse response = CriuResponse.Read(bytes, null);
        long pid = 0, errno = 0;
        for (ProtoReader reader = new(bytes); reader.Next();)
            if (reader.Field == 7)
                errno = reader.Number;
            else if (reader.Field == 5)
                for (ProtoReader notification = new(reader.Bytes); notification.Next();)
                    if (notification.Field == 2)
                        pid = notification.Number;
        Assert.That(((long)response.Pid, (long)response.Errno), Is.EqualTo((pid, errno)));
    }

    private static void ReadDBus(byte[] bytes)
    {
        if (DBusMessage.LengthOf(bytes) is var length && (length == 0 || length > bytes.Length))
            throw new FormatException("more is to come");
        DBusMessage message = DBusMessage.Read(bytes.AsSpan(0, length));
        foreach (DBusValue value in message.Body)
            _ = value.ToString();
    }

    private static void ReadNetlink(byte[] bytes)
    {
        bool disturbed = false;
        int attributes = 0;
        void Take(in ifinfomsg body, NetlinkAttributes rest)
        {
            while (rest.Next())
                attributes += rest.Text.Length + 1;
        }
        NetlinkAnswer.Read<ifinfomsg>(bytes, sequence: 1, RTM_NEWLINK, "fuzz", Take, isOne: false, ref disturbed);
        NetworkAddress address = new(2, 24, 0, [((ushort)IFA_LOCAL, bytes)]);
        _ = address.IsPermanent || address.ToString().Length == 0;
    }

    private static void ReadPasswd(byte[] bytes)
    {
        foreach (uint uid in new uint[] { 0, 1000, uint.MaxValue })
            Assert.That(Passwd.Home(bytes, uid), Is.Not.Empty.And.Not.Contains("\n").And.Not.Contains("\0"));
    }

    /// <summary>As many mounts as lines that are whole.</summary>
    private static void ReadMountInfo(byte[] bytes)
    {
        string text = KernelText.Decode(bytes);
        int whole = 0;
        foreach (string line in text.Split('\n'))
            if (line.Split(" - ", 2) is [var left, _] && left.Split(' ') is { Length: >= 6 } fields && ulong.TryParse(fields[0], out _))
                whole++;
        Assert.That(MountInfo.Parse(text), Has.Count.EqualTo(whole));
        HierarchyMount.Parse(bytes, out _);
        CgroupLayout.Parse(bytes, bytes);
        InterfaceCounters.Parse(text);
    }

    private static void ReadCgroup(byte[] bytes)
    {
        using TemporaryDirectory files = new();
        File.WriteAllBytes(files["file"], bytes);
        using CgroupDirectory directory = new("", files.Path);
        directory.Number("file");
        directory.Pairs("file").Get("total");
        directory.List("file");
        directory.Pressure("file");
        string text = KernelText.Decode(bytes);
        foreach (string file in new[] { "io.max", "blkio.throttle.read_bps_device", "io.weight", "cpu.max", "memory.max", "cpuset.cpus" })
            FormerValue.From(new CgroupWrite("", file, "8:0 rbps=1", ""), text);
    }

    /// <summary>Of a size that is right, else nothing in it is looked at.</summary>
    private static unsafe void ReadReport(byte[] bytes)
    {
        Array.Resize(ref bytes, sizeof(Core.LastMile.Failure));
        bytes[0] = (byte)Core.Messages.Message.Failure;
        Assert.That(LastMileReport.Read(bytes, "program", [new Hook { Path = "/hook" }]).Message, Is.Not.Empty);
    }

    /// <summary>A line an argument. Behind the first one that is not the runtime's, all are somebody else's, as they are.</summary>
    private static void ReadArguments(byte[] bytes)
    {
        string[] args = KernelText.Decode(bytes).Split('\n');
        foreach (string arg in args)
        {
            ByteSize.Parse(arg);
            GoDuration.Parse(arg);
        }
        int at = Parser.ParseGlobal(args, GlobalOptions.Flags, new Invocation());
        if (at == args.Length || CommandTable.Find(args[at]) is not { } command)
            return;
        string[] own = args[(at + 1)..];
        Invocation parsed = Parser.Parse(own, command.Flags, !command.StopsAtFirstArgument);
        if (command.StopsAtFirstArgument)
            Assert.That(parsed.Arguments, Is.EqualTo(own[^parsed.Arguments.Count..]));
    }
}
