namespace SharpRunc.Core.Diagnosing;

/// <summary>Words of a command that somebody will copy into a shell: names in it are of any origin.</summary>
internal static class ShellText
{
    private const string Plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.,:=+@%-";

    public static string Quote(string word)
    {
        foreach (char character in word)
            if (!Plain.Contains(character))
                return $"'{word.Replace("'", "'\\''")}'";
        return word.Length > 0 ? word : "''";
    }
}
