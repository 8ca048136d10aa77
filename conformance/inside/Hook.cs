using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Threading;

namespace SharpRunc.Conformance.Inside;

/// <summary>hook NAME FILE [exit N | sleep N | from-proc]…: appends what a hook sees to FILE.</summary>
internal static class Hook
{
    public static int Run(string[] args)
    {
        using Stream input = Console.OpenStandardInput();
        using StreamReader reader = new(input);
        string state = reader.ReadToEnd();
        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            json.WriteString("hook", args[1]);
            json.WriteString("stdin", state);
            Facts.Args(json);
            Facts.Namespaces(json);
            json.WriteString("cwd", Environment.CurrentDirectory);
            json.WriteBoolean("hasInside", File.Exists("/inside"));
            Container(json, state);
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        LibC.Append(args[2], line.ToArray());
        for (int i = 3; i + 1 < args.Length; i += 2)
        {
            int number = int.Parse(args[i + 1], CultureInfo.InvariantCulture);
            if (args[i] == "exit")
                return number;
            Thread.Sleep(TimeSpan.FromSeconds(number));
        }
        return 0;
    }

    /// <summary>What the hook of a runtime's namespace sees of the process that its state names.</summary>
    private static void Container(Utf8JsonWriter json, string state)
    {
        Facts.Lines(json, "ownMounts", "/proc/self/mountinfo");
        try
        {
            using JsonDocument document = JsonDocument.Parse(state);
            if (document.RootElement.TryGetProperty("bundle", out JsonElement path))
                json.WriteBoolean("seesConfig", File.Exists($"{path.GetString()}/config.json"));
            if (!document.RootElement.TryGetProperty("pid", out JsonElement value) || !value.TryGetInt32(out int pid) || pid == 0)
                return;
            json.WriteBoolean("pidExists", Directory.Exists($"/proc/{pid}"));
            Facts.Lines(json, "mounts", $"/proc/{pid}/mountinfo");
            Facts.Namespaces(json, "namespacesOfPid", $"/proc/{pid}/ns");
            if (document.RootElement.TryGetProperty("bundle", out JsonElement bundle))
                json.WriteBoolean("seesBundle", File.Exists($"/proc/{pid}/root{bundle.GetString()}/config.json"));
            Facts.Text(json, "program", $"/proc/{pid}/cmdline");
        }
        catch (JsonException)
        {
            json.WriteBoolean("notJson", true);
        }
    }
}
