using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Threading;

namespace SharpRunc.Conformance.Inside;

/// <summary>
/// The only program of the suite's containers, and their hooks. Each argument is a verb and its operands, separated by blanks;
/// each verb answers with a line of JSON: {"verb":…,"errno":…} and what it saw.
/// </summary>
internal static class Program
{
    private static string? answers;

    public static int Main(string[] args)
    {
        if (args.Length > 1 && args[0] == "hook")
            return Hook.Run(args);
        foreach (string arg in args)
        {
            string[] words = arg.Split(' ');
            if (words[0] == "exit")
                return int.Parse(words[1], CultureInfo.InvariantCulture);
            Answer(words);
        }
        return 0;
    }

    private static void Answer(string[] words)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            json.WriteString("verb", words[0]);
            json.WriteNumber("errno", Do(json, words));
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        Say(line.ToArray());
    }

    /// <returns>An errno; 0: done.</returns>
    private static int Do(Utf8JsonWriter json, string[] words)
    {
        switch (words[0])
        {
            case "facts":
                Facts.Write(json);
                return 0;
            case "to":
                answers = words[1];
                return 0;
            case "say":
                json.WriteString("text", words[1]);
                return 0;
            case "sleep":
                Thread.Sleep(TimeSpan.FromSeconds(int.Parse(words[1], CultureInfo.InvariantCulture)));
                return 0;
            case "wait-for":
                while (!File.Exists(words[1]))
                    Thread.Sleep(5);
                return 0;
            default:
                return Acts.Do(json, words);
        }
    }

    private static void Say(byte[] line)
    {
        if (answers is null)
        {
            using Stream output = Console.OpenStandardOutput();
            output.Write(line);
            return;
        }
        LibC.Append(answers, line);
    }
}
